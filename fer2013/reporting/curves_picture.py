"""A picture of the learning curves of all models: train and validation accuracy by epoch."""

from pathlib import Path

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

COLUMNS = 4


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw_curves(
    histories: dict[str, list[dict[str, float]]], kept: dict[str, int], target: Path
) -> None:
    """Draw a panel for each model.

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
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
