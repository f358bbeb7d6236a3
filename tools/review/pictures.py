"""Pictures of what changed in a model: confusion matrices and learning curves, before and after.

Their bytes depend on the results only.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES
from tools.review.results import Results
from tools.review.verdict import Model

CURVES = {"accuracy": ["val_accuracy", "train_accuracy"], "loss": ["val_loss", "train_loss"]}


def draw_all(models: list[Model], folder: Path) -> dict[str, list[str]]:
    """Draw each changed model's pictures; return their file names by model."""
    names: dict[str, list[str]] = {}
    for model in models:
        if not (model.comparison and model.before and model.after):
            continue
        names[model.name] = [f"{model.name}-confusion.png"]
        draw_confusions(model.name, model.before, model.after, folder / names[model.name][0])
        if model.before.ids[2] != model.after.ids[2]:
            names[model.name].append(f"{model.name}-curves.png")
            draw_curves(model.name, model.before, model.after, folder / names[model.name][1])
    return names


def draw_confusions(name: str, before: Results, after: Results, target: Path) -> None:
    """Draw percentages of the actual class before and after, and the difference in points."""
    percentages = [confusion(results.predictions) for results in (before, after)]
    figure = Figure(figsize=(16, 5.6), dpi=80, layout="constrained")
    figure.suptitle(f"{name}: validation faces, % of the actual class (row)")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, cells, title in zip(panels, percentages, ("before", "after"), strict=False):
        draw_matrix(axes, cells, title, form="{:.0f}", colours="Blues", limits=(0, 100))
    change = percentages[1] - percentages[0]
    most = max(10.0, float(np.abs(change).max()))
    # The colours mean more or fewer, not better or worse: a rise is good on the diagonal only.
    title, limits = "difference, points", (-most, most)
    draw_matrix(panels[2], change, title, form="{:+.1f}", colours="RdBu", limits=limits)
    save(figure, target)


def confusion(predictions: pd.DataFrame) -> np.ndarray:
    """The confusion matrix [7, 7] in per cent of the actual class; a row without faces is zero."""
    table = pd.crosstab(predictions.actual, predictions.predicted)
    counts = table.reindex(index=CLASSES, columns=CLASSES, fill_value=0).to_numpy()
    return 100 * counts / np.maximum(1, counts.sum(axis=1, keepdims=True))


def draw_matrix(
    axes: Axes,
    cells: np.ndarray,
    title: str,
    *,
    form: str,
    colours: str,
    limits: tuple[float, float],
) -> None:
    axes.imshow(cells, cmap=colours, vmin=limits[0], vmax=limits[1])
    axes.set(title=title, xlabel="predicted", xticks=range(len(CLASSES)))
    axes.set_xticklabels(CLASSES, rotation=30, ha="right")
    axes.set(yticks=range(len(CLASSES)), yticklabels=CLASSES)
    for row, column in np.ndindex(cells.shape):
        value = round(float(cells[row, column]), 1) + 0.0  # no -0.0
        dark = abs(value) > 0.6 * limits[1]
        axes.text(
            column,
            row,
            form.format(value) if value else "0",
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontweight="bold" if row == column else "normal",
        )


def draw_curves(name: str, before: Results, after: Results, target: Path) -> None:
    figure = Figure(figsize=(13, 4.6), dpi=80, layout="constrained")
    figure.suptitle(f"{name}: learning curves")
    for axes, (title, columns) in zip(figure.subplots(1, 2), CURVES.items(), strict=True):
        for results, when, colour in ((before, "before", "0.6"), (after, "after", "tab:blue")):
            for column, line in zip(columns, ("-", ":"), strict=True):
                if column in results.epochs:
                    part = column.partition("_")[0]
                    x, y = results.epochs.epoch, results.epochs[column]
                    axes.plot(x, y, line, color=colour, label=f"{part}, {when}")
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    save(figure, target)


def save(figure: Figure, target: Path) -> None:
    # No "Software" entry: the picture's bytes then depend on the data alone.
    figure.savefig(target, format="png", metadata={"Software": None})
