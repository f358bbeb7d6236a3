"""Confusion matrices of a model before and after a change; `dvc plots diff` draws its curves.

Their bytes depend on the results only.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from fer2013.core.constants import CLASSES
from fer2013.scoring.confusion import save
from tools.review.models import Model, Results


def draw_all(models: list[Model], folder: Path) -> list[str]:
    """Draw each changed model's picture; return the files' names."""
    names = []
    for model in models:
        if model.comparison and model.before and model.after:
            names.append(f"{model.name}-confusion.png")
            draw_confusions(model.name, model.before, model.after, folder / names[-1])
    return names


def draw_confusions(name: str, before: Results, after: Results, target: Path) -> None:
    """Draw percentages of the actual class before and after, and the difference in points."""
    old, new = (100 * confusion(results) for results in (before, after))
    figure = Figure(figsize=(16, 5.6), dpi=80, layout="constrained")
    figure.suptitle(f"{name}: validation faces, % of the actual class (row)")
    # The difference's colours mean more or fewer, not better or worse: more is good on the
    # diagonal only. All are pale, for black numbers.
    most = max(20.0, 2 * float(np.abs(new - old).max()))
    panels = {
        "before": (old, ".0f", "Blues", (0, 150)),
        "after": (new, ".0f", "Blues", (0, 150)),
        "difference, points": (np.round(new - old, 1) + 0.0, "+.1f", "RdBu", (-most, most)),
    }
    columns = figure.subplots(1, len(panels))
    for axes, (title, (cells, form, colours, limits)) in zip(columns, panels.items(), strict=True):
        ConfusionMatrixDisplay(cells, display_labels=CLASSES).plot(
            ax=axes,
            cmap=colours,
            values_format=form,
            colorbar=False,
            xticks_rotation=30,
            im_kw={"vmin": limits[0], "vmax": limits[1]},
            text_kw={"color": "black"},
        )
        axes.set(title=title, xlabel="predicted", ylabel="actual")
    save(figure, target)


def confusion(results: Results) -> np.ndarray:
    """Shares of the actual class [7, 7]; a row without faces is zero."""
    table = results.predictions
    shares: np.ndarray = confusion_matrix(
        table.actual, table.predicted, labels=CLASSES, normalize="true"
    )
    return shares
