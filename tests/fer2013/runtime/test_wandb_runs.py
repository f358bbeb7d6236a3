"""When W&B is disabled or fails. tests/pipeline/test_wandb.py tests what it logs."""

import os
import subprocess
import sys
from typing import Any

import pytest
import wandb
from wandb.sdk.mailbox import MailboxClosedError

from fer2013.runtime.errors import BadInput
from fer2013.runtime.wandb_runs import wandb_run
from tests.conftest import REPOSITORY

PROGRAM = """
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.wandb_runs import wandb_run
exit_on_bad_input(wandb_run("vit", "id").__enter__)
"""
ERRORS = {
    "refused key": wandb.errors.AuthenticationError("The API key is invalid.\nTry"),
    "W&B's process is dead": MailboxClosedError(),
    "its pipe is closed": ConnectionResetError("Connection lost"),
}


class FailingRun:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def log(self) -> None:
        raise self.error

    def __enter__(self) -> "FailingRun":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("when", ["at the start", "later"])
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_a_failure_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, when: str, error: Exception
) -> None:
    def init(**_: Any) -> FailingRun:
        if when == "at the start":
            raise error
        return FailingRun(error)

    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setattr(wandb, "init", init)
    sentence = r"^W&B: [^\n]+\. Solve that, or set WANDB_MODE=offline \(or disabled\), and run this"
    with pytest.raises(BadInput, match=sentence), wandb_run("resnet", "id") as run:
        run.log()


def test_a_bug_is_not_taken_for_a_failure_of_wandb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setattr(wandb, "init", lambda **_: FailingRun(KeyError("epoch")))
    with pytest.raises(KeyError), wandb_run("resnet", "id") as run:
        run.log()


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
