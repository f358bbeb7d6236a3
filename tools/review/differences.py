"""Statistics of the difference between two models, from their predictions for the same faces.

The comparison is paired, face by face, so faces that both models get right or wrong add no noise.
The intervals and tests account for the choice of validation faces, not for that of the training
seed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from fer2013.core.constants import CLASSES

K = len(CLASSES)
DRAWS = 10_000
SEED = 0
LEVEL = 0.05
BETTER, WORSE, NOISE = "better", "worse", "within noise"


@dataclass
class Difference:
    """The difference in one metric, on the rows that both models have."""

    before: float
    after: float
    low: float  # 95 % interval of after - before
    high: float
    p: float  # p-value of the hypothesis that there is no difference
    corrected: float = 1.0  # the p-value after Holm's correction over the changed models

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def verdict(self) -> str:
        if self.corrected >= LEVEL:
            return NOISE
        return BETTER if self.change > 0 else WORSE


@dataclass
class Comparison:
    rows: int  # number of rows that both models have, with the same label
    fixed: list[int]  # rows that were wrong before and are right after
    broken: list[int]  # rows that were right before and are wrong after
    accuracy: Difference
    macro_f1: Difference


def compare(before: pd.DataFrame, after: pd.DataFrame) -> Comparison | None:
    """Compare on the rows that both have, with the same label; None if there are none."""
    same = before.merge(after, on=["row", "actual"], suffixes=("", "_after")).sort_values("row")
    if same.empty:
        return None
    right, right_after = same.predicted == same.actual, same.predicted_after == same.actual
    fixed, broken = same.row[~right & right_after], same.row[right & ~right_after]
    codes = [
        pd.Index(CLASSES).get_indexer(same[name])
        for name in ("actual", "predicted", "predicted_after")
    ]
    counts = np.zeros((K, K, K), dtype=np.int64)
    np.add.at(counts, tuple(codes), 1)
    drawn = draw(counts)
    return Comparison(
        len(same),
        fixed.tolist(),
        broken.tolist(),
        difference(accuracy, counts, drawn, exact_p(len(fixed), len(broken))),
        difference(macro_f1, counts, drawn),
    )


def draw(counts: np.ndarray) -> np.ndarray:
    """Bootstrap: draw the faces with replacement. [7, 7, 7] → counts [DRAWS, 7, 7, 7]"""
    total = counts.sum()
    filled = np.flatnonzero(counts)
    drawn = np.zeros((DRAWS, K**3), dtype=np.int32)
    drawn[:, filled] = np.random.default_rng(SEED).multinomial(
        total, counts.ravel()[filled] / total, size=DRAWS
    )
    return drawn.reshape(DRAWS, K, K, K)


def difference(
    metric: Callable[[np.ndarray], np.ndarray],
    counts: np.ndarray,
    drawn: np.ndarray,
    p: float | None = None,
) -> Difference:
    """The difference in a metric of confusion matrices [N, 7, 7] → [N].

    `counts` [7, 7, 7] are faces by actual class, prediction before and prediction after.
    """
    (before,), (after,) = metric(counts.sum(axis=2)[None]), metric(counts.sum(axis=1)[None])
    changes = metric(drawn.sum(axis=2)) - metric(drawn.sum(axis=3))  # after - before
    low, high = np.quantile(changes, [0.025, 0.975])
    p = bootstrap_p(changes) if p is None else p
    return Difference(float(before), float(after), float(low), float(high), p)


def accuracy(matrices: np.ndarray) -> np.ndarray:
    return np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))


def macro_f1(matrices: np.ndarray) -> np.ndarray:
    """As `core.metrics.macro_f1`: the mean over the classes that occur as labels (rows)."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    both = matrices.sum(axis=1) + matrices.sum(axis=2)
    occurs = matrices.sum(axis=2) > 0
    f1 = np.where(occurs, 2 * hits / np.maximum(1, both), 0.0)
    return f1.sum(axis=1) / occurs.sum(axis=1)


def exact_p(fixed: int, broken: int) -> float:
    """McNemar's exact test of the hypothesis that a changed face is as likely fixed as broken."""
    return float(mcnemar([[0, broken], [fixed, 0]], exact=True).pvalue) if fixed + broken else 1.0


def bootstrap_p(changes: np.ndarray) -> float:
    """Two-sided bootstrap p-value: twice the fraction of draws with a change of the other sign.

    One is added to both counts, since a finite number of draws cannot show a p-value of zero.
    """
    below, above = (changes <= 0).sum(), (changes >= 0).sum()
    return float(min(1.0, 2 * (min(below, above) + 1) / (len(changes) + 1)))


def correct_for_many(differences: list[Difference]) -> None:
    """Holm's correction: among many changed models, some seem better or worse by chance alone."""
    if differences:
        corrected = multipletests([each.p for each in differences], alpha=LEVEL, method="holm")[1]
        for each, p in zip(differences, corrected, strict=True):
            each.corrected = float(p)
