"""Read what training and evaluation have written to metrics/.

Each function raises BadInput if the file is missing or damaged.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.runtime.restoring import damaged

History = list[dict[str, float]]  # one row for each epoch


def read_scores(path: Path) -> dict[str, Any]:
    """The scores of a model or an ensemble, of metrics/scores/<model>.json."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not {"train", "val"} <= content.keys():
            raise ValueError("it holds no scores of train and val")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(path, error) from None
    return content


def read_epochs(path: Path) -> History:
    """A training's history, of metrics/epochs/<model>.tsv."""
    try:
        table = pd.read_csv(path, sep="\t").astype(float)
        if table.empty or table.isna().to_numpy().any() or "epoch" not in table:
            raise ValueError("a number is missing")
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None
    history: History = table.to_dict("records")
    return history


def read_predictions(path: Path) -> pd.DataFrame:
    """Each validation face's row, actual and predicted class (names, all columns as text), of
    metrics/predictions/<model>.csv."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        known = table[["actual", "predicted"]].isin(CLASSES).all(axis=1)
        if table.empty or not known.all():
            line = next(iter(table.index[~known]), 0) + 2
            raise ValueError(f"line {line} does not name two of the seven classes")
    except (OSError, ValueError, KeyError) as error:
        raise damaged(path, error) from None
    return table
