"""A stage ends when its dvc is killed by `kill -9`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel must be Linux")

# A stage that forks a worker. It tells when both are up, and would go on for a minute.
STAGE = """
import os, sys, time
if sys.argv[1] == "late":
    parent = os.getppid()
    print(os.getpid(), file=sys.stderr, flush=True)
    while os.getppid() == parent: time.sleep(0.01)
import stages
os.fork()
print(os.getpid(), file=sys.stderr, flush=True)
time.sleep(60)
"""
DVC = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"


def killed_dvc(tmp_path: Path, *, processes: int, when: str, by_dvc: bool = True) -> list[str]:
    """Kill what stands for dvc once so many lines are written; return the lines of a bit later."""
    log = tmp_path / "log"
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    environment |= {"PYTHONPATH": str(REPOSITORY)} | ({"DVC_STAGE": "train"} if by_dvc else {})
    with log.open("wb") as file:
        dvc = subprocess.Popen(
            [sys.executable, "-c", DVC, STAGE, when],
            env=environment,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + 20
    while len(log.read_text().splitlines()) < processes:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    dvc.kill()
    dvc.wait()
    time.sleep(0.5)
    return log.read_text().splitlines()


def running(pid: str) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def ends(pid: str) -> bool:
    """Within seconds, as the machine may be busy; it would sleep for a minute."""
    deadline = time.monotonic() + 20
    while running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not running(pid)


def test_it_and_its_workers_end_at_once(tmp_path: Path) -> None:
    assert all(map(ends, killed_dvc(tmp_path, processes=2, when="")))


def test_it_does_not_begin_if_dvc_was_killed_before_that(tmp_path: Path) -> None:
    pid, *_ = killed_dvc(tmp_path, processes=1, when="late")
    assert ends(pid)
    _, *output = (tmp_path / "log").read_text().splitlines()
    assert output == ["dvc has ended, so this stage ends too; run dvc repro again."]


def test_one_that_was_started_by_hand_goes_on(tmp_path: Path) -> None:
    pids = killed_dvc(tmp_path, processes=2, when="", by_dvc=False)
    assert [running(pid) for pid in pids] == [True, True]
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
