"""When W&B is disabled or its mode is wrong. tests/pipeline/test_wandb.py tests what it logs."""

import os
import subprocess
import sys

import pytest

from fer2013.runtime.wandb_runs import wandb_run
from tests.conftest import REPOSITORY

PROGRAM = """
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.wandb_runs import wandb_run
exit_on_bad_input(wandb_run("vit", "id").__enter__)
"""


def test_an_unknown_mode_is_refused_with_the_allowed_ones() -> None:
    """In a process of its own: W&B reads its environment once."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=REPOSITORY,
        env=os.environ | {"WANDB_MODE": "bogus"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: W&B: ")
    assert "Input should be 'online', 'offline'" in result.stderr


@pytest.mark.parametrize("mode", ["", "disabled"])
def test_there_is_no_run_if_it_is_disabled(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", mode)
    with wandb_run("vit", "id") as run:
        assert run is None
