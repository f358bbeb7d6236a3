"""A model's results at a commit: scores, validation predictions, learning curve."""

import io
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

from fer2013.core.constants import CLASSES
from fer2013.scoring.scores import collapse
from tools.review.revision import Revision

SCORES = "metrics/scores"
COLUMNS = ["row", "actual", "predicted"]


@dataclass
class Results:
    scores: dict[str, Any]  # as stages/evaluate.py writes them, or of another layout
    predictions: pd.DataFrame  # row, actual, predicted
    curve: pd.DataFrame  # numbers by epoch; empty if there is no learning curve
    texts: list[str | None]  # of the files: equal if the results are equal
    collapsed: bool
    lost_classes: list[str]


def read_results(revision: Revision, model: str) -> Results | None:
    """A model's results, or None if it has no scores or no predictions that can be read."""
    scores = f"{SCORES}/{model}.json"
    predictions, epochs = f"metrics/predictions/{model}.csv", f"metrics/epochs/{model}.tsv"
    texts = [revision.read(path) for path in (scores, predictions, epochs)]
    if texts[0] is None or texts[1] is None:
        return None
    try:
        table = pd.read_csv(io.StringIO(texts[1]), dtype={"row": "int64"})[COLUMNS]
        if not table.row.is_unique:
            raise ValueError("a row occurs twice")
        if not table[["actual", "predicted"]].isin(CLASSES).to_numpy().all():
            raise ValueError("it names an unknown class")
    except Exception as error:  # pandas has many
        revision.damaged(predictions, str(error))
        return None
    # From the predictions, as not every layout of the scores says what collapse() finds.
    codes = [pd.Index(CLASSES).get_indexer(table[name]) for name in ("predicted", "actual")]
    found = collapse(*map(torch.from_numpy, codes))
    curve = read_curve(revision, epochs, texts[2] or "epoch\n")
    return Results(revision.mapping(scores), table, curve, texts, **found)


def read_curve(revision: Revision, path: str, text: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(io.StringIO(text), sep="\t", dtype=str)
    except ValueError as error:
        revision.damaged(path, str(error))
        return pd.DataFrame()
    numbers = table.apply(pd.to_numeric, errors="coerce").astype(float)
    return numbers.where(numbers.abs() < 1e9)  # what is more, matplotlib may not draw
