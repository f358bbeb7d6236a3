"""A model's results at a commit: scores, validation predictions, learning curve."""

import io
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.runtime.errors import BadInput
from tools.review.revision import Revision


@dataclass
class Results:
    scores: dict[str, Any]  # by part, as stages/evaluate.py writes them
    predictions: pd.DataFrame  # row, actual, predicted
    epochs: pd.DataFrame  # empty if there is no learning curve
    ids: tuple[str | None, ...]  # git's ids of the files' contents: equal if the results are equal


def read_results(revision: Revision, model: str) -> Results | None:
    """A model's results, or None if it has no scores or no predictions.

    Raises:
        BadInput: a file is damaged.
    """
    paths = {
        "scores": f"metrics/scores/{model}.json",
        "predictions": f"metrics/predictions/{model}.csv",
        "epochs": f"metrics/epochs/{model}.tsv",
    }
    data = {name: revision.read(path) for name, path in paths.items()}
    if data["scores"] is None or data["predictions"] is None:
        return None
    try:
        return Results(
            scores=json.loads(data["scores"]),
            predictions=checked(pd.read_csv(io.BytesIO(data["predictions"]))),
            epochs=pd.read_csv(io.BytesIO(data["epochs"] or b"epoch\n"), sep="\t"),
            ids=tuple(revision.blobs.get(path) for path in paths.values()),
        )
    except ValueError as error:
        raise BadInput(f"results of {model} at {revision.short} are damaged: {error}") from None


def checked(predictions: pd.DataFrame) -> pd.DataFrame:
    columns = ["row", "actual", "predicted"]
    if list(predictions.columns) != columns:
        raise ValueError(f"predictions should have the columns {', '.join(columns)}")
    if not predictions[["actual", "predicted"]].isin(CLASSES).to_numpy().all():
        raise ValueError("predictions name an unknown class")
    if not predictions.row.is_unique:
        raise ValueError("predictions name a row twice")
    return predictions
