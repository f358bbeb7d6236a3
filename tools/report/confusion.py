"""Confusion matrices as tables, which screen readers can read and which can be copied."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES
from tools.report.results import Result


@dataclass(frozen=True)
class Confusion:
    name: str
    counts: list[list[int]]  # [7][7], rows are actual classes
    fractions: list[list[float]]  # of the row; zeros if it has no faces
    totals: list[int]
    right: int
    faces: int


def confusion(result: Result) -> Confusion:
    table = pd.crosstab(result.predictions.actual, result.predictions.predicted)
    counts = table.reindex(index=CLASSES, columns=CLASSES, fill_value=0).to_numpy()  # [7, 7]
    totals = counts.sum(axis=1)
    fractions = counts / np.maximum(1, totals)[:, None]
    return Confusion(
        result.name,
        counts.tolist(),
        fractions.tolist(),
        totals.tolist(),
        int(np.trace(counts)),
        int(counts.sum()),
    )
