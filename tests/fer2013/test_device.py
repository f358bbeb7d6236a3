import os
import platform
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

STEPS = """
import resource, torch
from fer2013.model.device import prepare_device
prepare_device("cpu", 1)
def pages(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step(): return [torch.ones(4_000_000) for _ in range(5)] and None
step()
before = pages()
for _ in range(5): step()
print(pages() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told")
def test_a_step_takes_the_memory_that_the_last_one_freed() -> None:
    """Untold, it fetches each tensor's 3,906 pages from the kernel: some 80,000 in all.

    Told, it fetches a step's worth at most, where the heap has to grow once more.
    """
    assert int(run_program(STEPS).stdout) < 25_000


def run_program(program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)} | variables
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
