"""The leaderboard as a picture: accuracy with its interval, beside what was published."""

from pathlib import Path

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_leaderboard(table: pd.DataFrame, target: Path) -> None:
    """One line for each row of `leaderboard`: validation, train and published accuracy."""
    places = range(len(table))
    figure = Figure(figsize=(10, 1.8 + 0.5 * len(table)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    error = [
        table.val_accuracy - table.val_accuracy_low,
        table.val_accuracy_high - table.val_accuracy,
    ]
    axes.barh(places, table.val_accuracy, xerr=error, color="tab:blue", label="validation, 95 %")
    axes.plot(table.train_accuracy, places, "|", color="black", ms=14, mew=2, label="train")
    axes.plot(
        table.published_val_accuracy.astype(float),
        places,
        "D",
        color="tab:orange",
        label="validation, published",
    )
    for place, text in zip(places, table.warning, strict=True):
        axes.text(0.99, place, text, color="tab:red", fontweight="bold", ha="right", va="center")
    labels = [
        f"{model}\n{pflop:.3g} PFLOP" for model, pflop in zip(table.model, table.pflop, strict=True)
    ]
    axes.set(xlim=(0, 1), xlabel="accuracy", yticks=places, yticklabels=labels)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3, frameon=False)
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
