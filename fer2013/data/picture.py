"""A picture of a data set: its copies, each class's number of faces, and examples of them."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES, TRAINING
from fer2013.data.report import PHOTOGRAPH, groups

FACES_SHOWN = 8


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_data_picture(pixels: np.ndarray, rows: pd.DataFrame, target: Path) -> None:
    """Draw a row for each class: a bar for its number of Training faces, and the first of them."""
    emotion = np.where(rows.usage == TRAINING, rows.emotion, -1)
    counts = [int((emotion == code).sum()) for code in range(len(CLASSES))]
    figure = Figure(figsize=(12, 8), dpi=100, layout="constrained")
    copies = groups(rows, PHOTOGRAPH)
    figure.suptitle(
        f"{sum(counts):,} training faces, {copies['surplus_rows']:,} of them copies of others; "
        f"of {copies['groups']:,} photographs that occur several times, "
        f"{copies['groups_with_conflicting_labels']:,} have unlike labels"
    )
    grid = figure.add_gridspec(len(CLASSES), FACES_SHOWN + 3)
    for code, name in enumerate(CLASSES):
        bar = figure.add_subplot(grid[code, :3])
        bar.barh([0], [counts[code]], color="tab:blue")
        bar.set(xlim=(0, max(counts) * 1.3), ylim=(-0.6, 0.6), xticks=[], yticks=[0])
        bar.set_yticklabels([name])
        bar.spines[:].set_visible(False)
        fraction = counts[code] / max(1, sum(counts))
        bar.text(counts[code], 0, f" {counts[code]} ({fraction:.1%})", va="center")
        for index, face in enumerate(np.flatnonzero(emotion == code)[:FACES_SHOWN]):
            axes = figure.add_subplot(grid[code, 3 + index])
            axes.imshow(pixels[face], cmap="gray", vmin=0, vmax=255)
            axes.set_axis_off()
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
