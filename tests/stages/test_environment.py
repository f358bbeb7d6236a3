"""Environment variables of libraries do not change the results of a stage."""

import os
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

OPENMP = {
    "OMP_DYNAMIC": "true",
    "OMP_MAX_ACTIVE_LEVELS": "7",
    "OMP_NESTED": "true",
    "OMP_THREAD_LIMIT": "1",
}


def test_openmp_ignores_the_users_variables() -> None:
    """It says so itself: OMP_DISPLAY_ENV makes it print what it took from the environment."""
    plain = run("import stages, torch", {"OMP_DISPLAY_ENV": "true"})
    assert "OMP_THREAD_LIMIT" in plain
    assert run("import stages, torch", OPENMP | {"OMP_DISPLAY_ENV": "true"}) == plain


@pytest.mark.parametrize(("own", "expected"), [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_threads_spin_less_unless_the_user_says_otherwise(
    own: dict[str, str], expected: str
) -> None:
    assert run("import os, stages; print(os.environ['GOMP_SPINCOUNT'])", own).strip() == expected


def run(program: str, variables: dict[str, str]) -> str:
    """Run a program with only these of the variables set, and return all that it prints."""
    unset = (*OPENMP, "GOMP_SPINCOUNT")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env=environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout
