"""Weights & Biases, for those who switch it on.

Its own switch decides, WANDB_MODE: online, offline, or disabled, which it is when unset. All
stages of a model write to one run, whose id is the training's fingerprint (models/<model>/
run.json); a resumed training goes on in it. Results do not depend on any of this.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fer2013.runtime.errors import BadInput
from fer2013.runtime.validation import describe_errors

PROJECT = "fer2013"  # WANDB_PROJECT overrides it


def wanted() -> bool:
    return (os.environ.get("WANDB_MODE") or "disabled") != "disabled"


def read_run_id(path: Path) -> str:
    """The id in a models/<model>/run.json.

    Raises:
        BadInput: the file is missing or holds no id.
    """
    return str(read_run(path)["id"])


def read_run(path: Path) -> dict[str, Any]:
    """A models/<model>/run.json: the run's `id` and, of runs since it is recorded, `computed_on`.

    Raises:
        BadInput: the file is missing or holds no id, or something else as `computed_on`.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        run_id, told = run["id"], run.get("computed_on", {})
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        run, run_id, told = {}, None, {}
    if not (isinstance(run_id, str) and run_id):
        raise BadInput(f"{path} is missing or holds no id; train the model again.")
    if not isinstance(told, dict):
        raise BadInput(f"{path}: computed_on should hold what computed it; train the model again.")
    return dict(run)


@contextmanager
def wandb_run(model: str, run_id: str, config: dict[str, Any] | None = None) -> Iterator[Any]:
    """Open, or go on with, the run of this id; None where W&B is disabled.

    Raises:
        BadInput: W&B cannot be used as things are, such as online without an API key.
    """
    if not wanted():
        yield None
        return
    import wandb  # noqa: PLC0415  (it takes seconds, and most runs do without)

    try:
        opened = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            id=run_id,
            name=model,
            config=config,
            resume="allow",
        )
    except ValidationError as error:
        raise BadInput(f"W&B: a WANDB_… environment variable, {describe_errors(error)}.") from None
    except wandb.errors.Error as error:  # no network, a key that is refused, or none at all
        why = " ".join(str(error).split()).rstrip(".")
        raise BadInput(f"W&B: {why}. Mend that, or set WANDB_MODE=offline (or disabled).") from None
    with opened as run:
        yield run


def log_epoch(run: Any, row: dict[str, float]) -> None:
    """Add an epoch that the run does not have yet.

    A killed process takes with it what W&B had not written or sent: up to 15 seconds' worth, and
    without `commit` the last epoch besides. So a resumed training offers all its epochs again.
    """
    if row["epoch"] >= run.step:
        run.log(row, step=int(row["epoch"]), commit=True)


def log_scores(run: Any, scores: dict[str, Any]) -> None:
    """Put a model's scores into the run's summary, as part.score."""
    for part, values in scores.items():
        if isinstance(values, dict):
            run.summary.update({f"{part}.{name}": value for name, value in values.items()})
        else:
            run.summary[part] = values


def log_confusion(run: Any, picture: Path) -> None:
    import wandb  # noqa: PLC0415

    run.log({"confusion": wandb.Image(str(picture))})
