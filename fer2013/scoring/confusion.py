"""The picture of a confusion matrix, by Matplotlib."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay

from fer2013.core.constants import CLASSES
from fer2013.scoring.counts import confusion

Target = Path | BinaryIO


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_confusion(predictions: pd.DataFrame, title: str, target: Target) -> None:
    """Draw how often each actual class (row) was predicted as each class (column)."""
    counts = confusion(predictions)  # [7, 7]
    totals, right = counts.sum(axis=1), np.trace(counts)
    shares = counts / np.maximum(1, totals)[:, None]
    figure = Figure(figsize=(8, 7.2), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    shown = ConfusionMatrixDisplay(shares, display_labels=CLASSES)
    shown.plot(ax=axes, cmap="Blues", colorbar=False, im_kw={"vmin": 0, "vmax": 1})
    for (row, column), text in np.ndenumerate(shown.text_):
        text.set_text(f"{shares[row, column]:.0%}\n{counts[row, column]}")
        text.set_fontweight("bold" if row == column else "normal")
    axes.set_title(f"{title}: {right} of {totals.sum()} right ({right / totals.sum():.1%})")
    axes.set(xlabel="predicted", ylabel="actual (faces)")
    axes.set_yticklabels(f"{name} ({total})" for name, total in zip(CLASSES, totals, strict=True))
    figure.colorbar(shown.im_, label="share of the actual class", shrink=0.8)
    save(figure, target)


def save(figure: Figure, target: Target) -> None:
    figure.savefig(target, format="png", metadata={"Software": None})  # else Matplotlib's version
