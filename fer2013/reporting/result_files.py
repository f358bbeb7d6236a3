"""Reading and checking metrics/scores/<model>.json and metrics/epochs/<model>.tsv."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer2013.core.sections import Fraction, describe_errors
from fer2013.runtime.errors import BadInput, one_line
from fer2013.runtime.restoring import how_to_restore

History = list[dict[str, float]]  # one row for each epoch
Count = Annotated[int, Field(ge=1, le=2**40)]  # a larger value is an error, and may overflow


class _TrainScores(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    accuracy: Fraction


class _ValScores(_TrainScores):
    accuracy_low: Fraction
    accuracy_high: Fraction
    macro_f1: Fraction
    loss: float
    calibration_error: float
    collapsed: bool
    lost_classes: list[str]


class _Scores(BaseModel):
    """Those scores that the leaderboard uses; the file has more."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    train: _TrainScores
    val: _ValScores


class ComputedOn(BaseModel):
    """The machine that a training ran on, as recorded by training/provenance.py."""

    model_config = ConfigDict(strict=True)

    device: str
    name: str
    cpu_capability: str
    precision: str
    torch: str
    threads: Count
    processes: Count


class _ModelScores(_Scores):
    epoch: Count
    trained_on: Count
    computed_on: ComputedOn | None = None  # missing in old files


class _EnsembleScores(_Scores):
    members: Annotated[list[str], Field(min_length=2)]


def read_scores(path: Path) -> dict[str, Any]:
    """Read the scores of a model or an ensemble.

    Raises:
        BadInput: the file is missing or damaged, or a value is wrong.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kind = (
            _EnsembleScores if isinstance(content, dict) and "members" in content else _ModelScores
        )
        kind.model_validate(content)
    except ValidationError as error:
        raise BadInput(f"{path}: {describe_errors(error)}; {how_to_restore(path)}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{path} is missing or damaged ({one_line(error)}); {how_to_restore(path)}."
        ) from None
    return content


def read_epochs(path: Path) -> History:
    """Read a training's history, with one row for each epoch.

    Raises:
        BadInput: the file is missing or damaged, or a value is wrong.
    """
    try:
        rows = pd.read_csv(path, sep="\t").to_dict("records")
        values = [float(value) for row in rows for value in row.values()]
        epochs = [row["epoch"] for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} is missing or damaged ({one_line(error)}); {how_to_restore(path)}."
        ) from None
    if not epochs or epochs != list(range(1, len(epochs) + 1)):
        raise BadInput(f"{path}: the epochs are not 1, 2, 3 …; {how_to_restore(path)}.")
    if not all(map(math.isfinite, values)):
        raise BadInput(f"{path} holds a value that is not a finite number; {how_to_restore(path)}.")
    return rows
