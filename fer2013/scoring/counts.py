"""What can be counted of predictions: confusions, each class's scores, their intervals."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix

from fer2013.core.constants import CLASSES


def wilson_interval(right: int, faces: int) -> tuple[float, float]:
    """The ends of the 95 % interval of `right / faces` (Wilson 1927, JASA 22)."""
    interval = binomtest(right, faces).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def confusion(predictions: pd.DataFrame) -> np.ndarray:
    """The faces of each actual class (row) by predicted class (column). → int64 [7, 7]

    `predictions` are those that scoring/result_files.py reads.
    """
    return confusion_matrix(predictions.actual, predictions.predicted, labels=CLASSES)


def by_class(predictions: pd.DataFrame) -> pd.DataFrame:
    """One row for each class that has faces, in the order of CLASSES.

    Columns: faces; recall with the ends of its 95 % interval; precision, nan if the class is never
    predicted; f1; taken_for, the class that its faces are most often mistaken for, and taken_share,
    the share of its faces that are.
    """
    counts = confusion(predictions)
    rows = {
        name: _of_class(counts, code) for code, name in enumerate(CLASSES) if counts[code].any()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _of_class(counts: np.ndarray, code: int) -> dict[str, Any]:
    right, faces, predicted = counts[code, code], counts[code].sum(), counts[:, code].sum()
    low, high = wilson_interval(int(right), int(faces))
    others = counts[code].copy()
    others[code] = 0
    return {
        "faces": faces,
        "recall": right / faces,
        "recall_low": low,
        "recall_high": high,
        "precision": right / predicted if predicted else float("nan"),
        "f1": 2 * right / (faces + predicted),
        "taken_for": CLASSES[others.argmax()] if others.any() else "",
        "taken_share": others.max() / faces,
    }
