"""If W&B cannot be reached or refuses the key, one sentence says so, and no training is lost."""

from typing import Any

import pytest
import wandb
from wandb.sdk.mailbox import HandleAbandonedError, MailboxClosedError

from fer2013.runtime.errors import BadInput
from fer2013.runtime.wandb_runs import EpochLog, wandb_run

ERRORS = {
    "no network": wandb.errors.CommError("Run initialization has timed out after 15.0 sec.\nTry"),
    "refused key": wandb.errors.AuthenticationError("The API key is invalid."),
    "no key": wandb.errors.UsageError("No API key configured. Use `wandb login` to log in."),
}
LATER_ERRORS = ERRORS | {
    "W&B's process is dead": MailboxClosedError(),
    "it does not answer": HandleAbandonedError(),
    "its pipe is closed": ConnectionResetError("Connection lost"),
}


class FailingRun:
    """A run that fails when it logs, or when it is finished."""

    step = 0

    def __init__(self, logging: Exception | None = None, finishing: Exception | None = None):
        self.logging, self.finishing = logging, finishing
        self.calls = 0

    def log(self, *_: Any, **__: Any) -> None:
        self.calls += 1
        if self.logging is not None:
            raise self.logging

    def __enter__(self) -> "FailingRun":
        return self

    def __exit__(self, *_: object) -> None:
        if self.finishing is not None:
            raise self.finishing


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_a_failing_start_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(**_: Any) -> None:
        raise error

    monkeypatch.setattr(wandb, "init", fails)
    with pytest.raises(BadInput) as refusal, wandb_run("resnet", "id"):
        pass
    message = str(refusal.value)
    assert message.startswith(f"W&B: {str(error).splitlines()[0].rstrip('.')}")
    assert message.endswith("or set WANDB_MODE=offline (or disabled).")
    assert "\n" not in message


@pytest.mark.parametrize("error", LATER_ERRORS.values(), ids=LATER_ERRORS.keys())
def test_a_failure_during_training_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    run = FailingRun(logging=error)
    monkeypatch.setattr(wandb, "init", lambda **_: run)
    with wandb_run("resnet", "id", required=False) as opened:
        log = EpochLog(opened, "resnet")
        for epoch in (1, 2, 3):
            log({"epoch": epoch})
    assert run.calls == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: W&B: ")
    assert line.endswith("make wandb-log MODEL=resnet logs its result.")


def test_a_failure_at_the_end_of_a_training_is_a_warning_and_elsewhere_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = FailingRun(finishing=LATER_ERRORS["W&B's process is dead"])
    monkeypatch.setattr(wandb, "init", lambda **_: run)
    with wandb_run("resnet", "id", required=False):
        pass
    assert capsys.readouterr().err.startswith("warning: W&B: MailboxClosedError. ")
    with pytest.raises(BadInput, match="W&B: MailboxClosedError"), wandb_run("resnet", "id"):
        pass


def test_a_bug_is_not_taken_for_a_failure_of_wandb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb, "init", lambda **_: FailingRun(logging=KeyError("epoch")))
    with pytest.raises(KeyError), wandb_run("resnet", "id", required=False) as run:
        EpochLog(run, "resnet")({"epoch": 1})
