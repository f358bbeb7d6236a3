"""Reading and checking metrics/scores/<model>.json and metrics/epochs/<model>.tsv."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer2013.core.sections import Fraction, describe_errors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import damaged, how_to_restore

History = list[dict[str, float]]  # one row for each epoch
Count = Annotated[int, Field(ge=1, le=2**40)]  # a larger value is an error, and may overflow


class Checked(BaseModel):
    """Those entries that the leaderboard uses; the files have more."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class TrainScores(Checked):
    accuracy: Fraction


class ValScores(TrainScores):
    accuracy_low: Fraction
    accuracy_high: Fraction
    macro_f1: Fraction
    loss: float
    calibration_error: float
    collapsed: bool
    lost_classes: list[str]


class ComputedOn(Checked):
    """The machine that a training ran on, as recorded by training/provenance.py."""

    device: str
    name: str
    cpu_capability: str
    precision: str
    torch: str
    threads: Count
    processes: Count


class ModelScores(Checked):
    train: TrainScores
    val: ValScores
    epoch: Count
    trained_on: Count
    computed_on: ComputedOn | None = None  # missing in old files


class EnsembleScores(Checked):
    train: TrainScores
    val: ValScores
    members: Annotated[list[str], Field(min_length=2)]


def read_scores(path: Path) -> dict[str, Any]:
    """Read the scores of a model or an ensemble.

    Raises:
        BadInput: the file is missing or damaged, or a value is wrong.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        of_ensemble = isinstance(content, dict) and "members" in content
        (EnsembleScores if of_ensemble else ModelScores).model_validate(content)
    except ValidationError as error:
        raise BadInput(f"{path}: {describe_errors(error)}; {how_to_restore(path)}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from None
    return content


def read_epochs(path: Path) -> History:
    """Read a training's history, with one row for each epoch.

    Raises:
        BadInput: the file is missing or damaged, or a value is wrong.
    """
    try:
        rows: History = pd.read_csv(path, sep="\t").astype(float).to_dict("records")
        epochs = [row["epoch"] for row in rows]
    except (OSError, ValueError, KeyError) as error:
        raise damaged(path, error) from None
    if not epochs or epochs != list(range(1, len(epochs) + 1)):
        raise BadInput(f"{path}: the epochs are not 1, 2, 3 …; {how_to_restore(path)}.")
    if not all(math.isfinite(value) for row in rows for value in row.values()):
        raise BadInput(f"{path} holds a value that is not a finite number; {how_to_restore(path)}.")
    return rows
