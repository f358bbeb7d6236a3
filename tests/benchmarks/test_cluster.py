"""The benchmark of many jobs, with few."""

import subprocess
import sys

from tests.conftest import REPOSITORY
from tests.slurm import why_not


def measured() -> str:
    command = [sys.executable, "-m", "benchmarks.cluster", "12"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_merges_and_submits() -> None:
    said = measured()
    assert "| merge 12 entries of dvc.lock | " in said
    assert ("| submit 12 jobs as an array | " in said) == (why_not() is None)
