"""A stage computes as params.yaml says, whatever libraries are told in the user's environment."""

import os
import subprocess
import sys

from stages import FORGOTTEN
from tests.conftest import REPOSITORY

OPENMP = {
    "OMP_DYNAMIC": "true",
    "OMP_MAX_ACTIVE_LEVELS": "7",
    "OMP_NESTED": "true",
    "OMP_THREAD_LIMIT": "1",
}


def test_a_stage_forgets_the_variables_that_change_results() -> None:
    program = "import os, stages; print(*(name for name in stages.FORGOTTEN if name in os.environ))"
    assert run(program, dict.fromkeys(FORGOTTEN, "1")) == "\n"


def test_openmp_starts_as_if_nothing_had_been_said() -> None:
    """It says so itself: OMP_DISPLAY_ENV makes it print what it took from the environment."""
    program = "import stages, torch"
    plain = run(program, {"OMP_DISPLAY_ENV": "true"})
    assert "OMP_THREAD_LIMIT" in plain
    assert run(program, OPENMP | {"OMP_DISPLAY_ENV": "true"}) == plain


def run(program: str, variables: dict[str, str]) -> str:
    """Run a program with only these of the variables set, and return all that it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in FORGOTTEN}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env=environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout
