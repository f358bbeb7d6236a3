"""W&B that cannot be reached, or that refuses, ends a stage in one sentence."""

from typing import Any

import pytest
import wandb

from fer2013.runtime.errors import BadInput
from fer2013.runtime.wandb_runs import wandb_run

ERRORS = {
    "no network": wandb.errors.CommError("Run initialization has timed out after 15.0 sec.\nTry"),
    "refused key": wandb.errors.AuthenticationError("The API key is invalid."),
    "no key": wandb.errors.UsageError("No API key configured. Use `wandb login` to log in."),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_one_sentence_says_how_to_go_on_without_it(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(**_: Any) -> None:
        raise error

    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setattr(wandb, "init", fails)
    with pytest.raises(BadInput) as refusal, wandb_run("resnet", "id"):
        pass
    said = str(refusal.value)
    assert said.startswith(f"W&B: {str(error).splitlines()[0].rstrip('.')}")
    assert said.endswith("or set WANDB_MODE=offline (or disabled).")
    assert "\n" not in said
