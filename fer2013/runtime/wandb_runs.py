"""Logging to Weights & Biases, which is optional.

Its environment variable WANDB_MODE enables it: online, offline, or disabled; unset means disabled.
All stages of a model log to one run, whose id is the training's fingerprint (models/<model>/
run.json). A resumed training continues that run. Results do not depend on W&B.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fer2013.runtime.errors import BadInput, one_line

PROJECT = "fer2013"  # WANDB_PROJECT overrides it


def enabled() -> bool:
    return (os.environ.get("WANDB_MODE") or "disabled") != "disabled"


def read_run_id(path: Path) -> str:
    """The id in a models/<model>/run.json, as `read_run`."""
    return str(read_run(path)["id"])


def read_run(path: Path) -> dict[str, Any]:
    """A models/<model>/run.json: the run's `id` and, except in old files, `computed_on`.

    Raises:
        BadInput: the file is missing or holds no id.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        run = None
    if not (isinstance(run, dict) and isinstance(run.get("id"), str) and run["id"]):
        raise BadInput(f"{path} is missing or holds no id; train the model again.")
    return run


@contextmanager
def wandb_run(model: str, run_id: str, config: dict[str, Any] | None = None) -> Iterator[Any]:
    """Open the run with this id, or continue it; yield None if W&B is disabled.

    While the network is down, W&B itself keeps what is logged and sends it later.

    Raises:
        BadInput: W&B cannot be used, for instance online without an API key. A training that it
            has stopped goes on after its last whole epoch.
    """
    if not enabled():
        yield None
        return
    import wandb  # noqa: PLC0415  (the import takes seconds, and most runs do not need it)

    project = os.environ.get("WANDB_PROJECT", PROJECT)
    try:
        with wandb.init(
            project=project, id=run_id, name=model, config=config, resume="allow"
        ) as run:
            yield run
    except Exception as error:
        if not is_wandb_failure(error):
            raise
        why = one_line(error).rstrip(".") or type(error).__name__
        raise BadInput(
            f"W&B: {why}. Solve that, or set WANDB_MODE=offline (or disabled), and run this again."
        ) from None


def is_wandb_failure(error: Exception) -> bool:
    """Does it come from W&B or from the connection to it? W&B's errors have no common class."""
    of_settings = isinstance(error, ValidationError) and error.title == "Settings"
    from_wandb = type(error).__module__.startswith("wandb.")
    return of_settings or from_wandb or isinstance(error, ConnectionError)


def log_epoch(run: Any, row: dict[str, float]) -> None:
    """Log an epoch, unless the run has it already.

    When a process is killed, W&B loses what it has not written or sent yet: up to 15 seconds of
    logs, and without `commit` the last epoch as well. So a resumed training logs all epochs again.
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
