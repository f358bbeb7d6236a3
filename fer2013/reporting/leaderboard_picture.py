"""A picture of the leaderboard: accuracy with its interval, beside the published accuracy."""

from pathlib import Path

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_leaderboard(table: pd.DataFrame, target: Path) -> None:
    """Draw a bar for each row of `table`: validation, train and published accuracy."""
    positions = range(len(table))
    figure = Figure(figsize=(10, 1.8 + 0.5 * len(table)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    error = [
        table.val_accuracy - table.val_accuracy_low,
        table.val_accuracy_high - table.val_accuracy,
    ]
    axes.barh(positions, table.val_accuracy, xerr=error, color="tab:blue", label="validation, 95 %")
    axes.plot(table.train_accuracy, positions, "|", color="black", ms=14, mew=2, label="train")
    axes.plot(
        table.published_val_accuracy.astype(float),
        positions,
        "D",
        color="tab:orange",
        label="validation, published",
    )
    for position, text in zip(positions, table.warning, strict=True):
        axes.text(0.99, position, text, color="tab:red", fontweight="bold", ha="right", va="center")
    labels = [
        f"{model}\n{pflop:.3g} PFLOP" for model, pflop in zip(table.model, table.pflop, strict=True)
    ]
    axes.set(xlim=(0, 1), xlabel="accuracy", yticks=positions, yticklabels=labels)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3, frameon=False)
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
