"""A stage ends when its dvc is killed by `kill -9`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

# What stands for dvc starts what stands for a stage, which forks a worker and says when both run.
STAGE = """
import os, time
from stages import run_stage
def main():
    worker = os.fork()
    if worker: print(os.getpid(), worker, flush=True)
    time.sleep(60)
run_stage(main)
"""
DVC = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.mark.parametrize("by_dvc", [True, False])
def test_a_stage_and_its_workers_end_with_the_dvc_that_started_it(by_dvc: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    environment |= {"PYTHONPATH": str(REPOSITORY)} | ({"DVC_STAGE": "train"} if by_dvc else {})
    command = [sys.executable, "-c", DVC, STAGE]
    dvc = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert dvc.stdout is not None
    processes = [int(pid) for pid in dvc.stdout.readline().split()]
    dvc.kill()
    dvc.wait()
    if by_dvc:
        assert all(map(ends, processes))
        return
    time.sleep(1)
    assert all(map(running, processes))
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


def ends(pid: int) -> bool:
    """Within seconds, as the machine may be busy; it would sleep for a minute."""
    deadline = time.monotonic() + 20
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not running(pid)


def running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
