"""Environment variables of libraries do not change the results of a stage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer2013.runtime import openmp
from fer2013.runtime.openmp import ALONE, BESIDE_OTHERS
from stages import REMOVED_VARIABLES
from tests.conftest import REPOSITORY

OF_WAITING = ("OMP_WAIT_POLICY", *ALONE)
OPENMP = {
    "OMP_DYNAMIC": "true",
    "OMP_MAX_ACTIVE_LEVELS": "7",
    "OMP_NESTED": "true",
    "OMP_THREAD_LIMIT": "1",
}


def test_a_stage_removes_the_variables_that_change_results() -> None:
    program = "import os, stages; print(*{*stages.REMOVED_VARIABLES} & {*os.environ})"
    assert run(program, dict.fromkeys(REMOVED_VARIABLES, "1")) == "\n"


def test_openmp_ignores_the_users_variables() -> None:
    """It says so itself: OMP_DISPLAY_ENV makes it print what it took from the environment."""
    program = "import stages, torch"
    plain = run(program, {"OMP_DISPLAY_ENV": "true"})
    assert "OMP_THREAD_LIMIT" in plain
    assert run(program, OPENMP | {"OMP_DISPLAY_ENV": "true"}) == plain


def test_openmps_waiting_is_shortened_before_torch_loads_it() -> None:
    output = run("import stages, torch", {"OMP_DISPLAY_ENV": "verbose"})
    counts = [f"GOMP_SPINCOUNT = '{way['GOMP_SPINCOUNT']}'" for way in (ALONE, BESIDE_OTHERS)]
    assert any(count in output for count in (*counts, "KMP_BLOCKTIME="))


@pytest.mark.parametrize("package", ["stages", "tools", "benchmarks", "tests"])
def test_each_package_of_commands_tells_it(package: str) -> None:
    program = f"import os, {package}; print(os.environ['GOMP_SPINCOUNT'])"
    assert run(program, {}).strip() in {way["GOMP_SPINCOUNT"] for way in (ALONE, BESIDE_OTHERS)}


@pytest.mark.parametrize(
    ("loads", "way"),
    [
        ([1, 1, 1, 1, 1], ALONE),
        ([1, 4, 1, 1, 9], ALONE),  # others that run for a moment only
        ([2, 2, 1, 2, 2], BESIDE_OTHERS),
        ([5, 6, 5, 5, 5], BESIDE_OTHERS),
    ],
)
def test_beside_others_threads_sleep_sooner(
    loads: list[int], way: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in OF_WAITING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(openmp, "LOAD", tmp_path)  # is there
    left = iter(loads)
    monkeypatch.setattr(openmp, "running_threads", lambda: next(left))
    openmp.sleep_soon()
    assert {name: os.environ[name] for name in way} == way


@pytest.mark.skipif(not openmp.LOAD.exists(), reason="Linux tells how many threads run")
def test_this_thread_is_one_that_runs() -> None:
    assert openmp.running_threads() >= 1


@pytest.mark.parametrize("own", ["GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY"])
def test_how_the_user_lets_threads_wait_stays(own: str) -> None:
    program = "import os, stages; print({n: os.environ[n] for n in os.environ if n in %r})"
    output = run(program % (OF_WAITING,), {own: "7"})
    assert output == f"{ {own: '7'} }\n"


@pytest.mark.long
def test_the_way_of_waiting_changes_no_result() -> None:
    """Two threads, so that they do wait for one another."""
    program = """
import stages
from fer2013.base.sections import PARAMS, read_yaml
from tests.golden import runs
config = runs.shortened(read_yaml(PARAMS), "improved_cnn")
train = config.train.model_copy(update={"epochs": 1, "threads": 2, "precision": "float32"})
print(runs.as_trained(config.model_copy(update={"train": train})))
"""
    ways: tuple[dict[str, str], ...] = ({}, {"OMP_WAIT_POLICY": "passive"})
    outputs = {run(program, way).splitlines()[-1] for way in ways}
    assert len(outputs) == 1
    assert "weights" in outputs.pop()


def run(program: str, variables: dict[str, str]) -> str:
    """Run a program with only these of the variables set, and return all that it prints."""
    unset = (*REMOVED_VARIABLES, *OF_WAITING)
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
