"""How a model does on each class, counted from its predictions."""

from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.scoring.confusion import confusion
from fer2013.scoring.interval import wilson_interval


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
