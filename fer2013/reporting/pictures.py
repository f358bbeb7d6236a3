"""Pictures of the results, by Matplotlib: learning curves and the leaderboard.

The bytes of a picture depend on what it shows alone. A target is a path, or a file to write to.
"""

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.scoring.confusion import Target, save

COLUMNS = 4  # of the panels of curves


@style.context("default")
def draw_curves(
    histories: dict[str, list[dict[str, float]]], kept: dict[str, int], target: Target
) -> None:
    """Draw train and validation accuracy by epoch, a panel for each model.

    Args:
        histories: the contents of metrics/epochs/<model>.tsv, by model.
        kept: the epoch whose weights were kept, by model.
        target: the PNG file.
    """
    rows = -(-len(histories) // COLUMNS)
    figure = Figure(figsize=(10, 0.4 + 2 * rows), dpi=100, layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).flatten()
    for panel, (model, history) in zip(panels, histories.items(), strict=False):
        table = pd.DataFrame(history).set_index("epoch")
        panel.plot(table.train_accuracy, color="black", lw=1, label="train, augmented faces")
        panel.plot(table.val_accuracy, color="tab:blue", lw=1.5, label="validation")
        epoch = kept[model]
        panel.plot(epoch, table.val_accuracy[epoch], "o", color="tab:blue", ms=5, label="kept")
        panel.set_title(model, fontsize=10)
        panel.set(ylim=(0, 0.9))
        panel.grid(alpha=0.3)
    for panel in panels[len(histories) :]:
        panel.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    save(figure, target)


@style.context("default")
def draw_leaderboard(table: pd.DataFrame, target: Target) -> None:
    """Draw a bar for each row of the leaderboard: validation, train and published accuracy."""
    positions = range(len(table))
    figure = Figure(figsize=(10, 1.8 + 0.5 * len(table)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    val, low, high = table.val_accuracy, table.val_accuracy_low, table.val_accuracy_high
    error = [val - low, high - val]
    axes.barh(positions, val, xerr=error, color="tab:blue", label="validation, 95 %")
    axes.plot(table.train_accuracy, positions, "|", color="black", ms=14, mew=2, label="train")
    published = table.published_val_accuracy
    axes.plot(published, positions, "D", color="tab:orange", label="validation, published")
    for position, text in zip(positions, table.warning, strict=True):
        axes.text(0.99, position, text, color="tab:red", fontweight="bold", ha="right", va="center")
    axes.set_yticks(positions, table.model + table.pflop.map("\n{:.3g} PFLOP".format))
    axes.set(xlim=(0, 1), xlabel="accuracy")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=3, frameon=False)
    save(figure, target)
