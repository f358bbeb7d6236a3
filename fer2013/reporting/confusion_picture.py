"""A picture of a confusion matrix: percentages of the actual class, and counts."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_confusion(actual: pd.Series, predicted: pd.Series, title: str, target: Path) -> None:
    """Draw how often each actual class (row) was predicted as each class (column).

    `actual` and `predicted` hold names of classes.
    """
    table = pd.crosstab(actual, predicted)
    counts = table.reindex(index=CLASSES, columns=CLASSES, fill_value=0).to_numpy()  # [7, 7]
    fractions = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    figure = Figure(figsize=(8, 7.2), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(fractions, cmap="Blues", vmin=0, vmax=1)
    axes.set(
        title=f"{title}: {np.trace(counts)} of {counts.sum()} right "
        f"({np.trace(counts) / counts.sum():.1%})",
        xlabel="predicted",
        ylabel="actual (faces)",
        xticks=range(len(CLASSES)),
        yticks=range(len(CLASSES)),
    )
    axes.set_xticklabels(CLASSES)
    totals = counts.sum(axis=1)
    axes.set_yticklabels([f"{name} ({n})" for name, n in zip(CLASSES, totals, strict=True)])
    for row, column in np.ndindex(counts.shape):
        axes.text(
            column,
            row,
            f"{fractions[row, column]:.0%}\n{counts[row, column]}",
            ha="center",
            va="center",
            color="white" if fractions[row, column] > 0.5 else "black",
            fontweight="bold" if row == column else "normal",
        )
    figure.colorbar(image, label="share of the actual class", shrink=0.8)
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
