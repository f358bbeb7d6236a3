"""Pictures of the faces whose prediction changed, if data/tensors is available.

FER2013 may not be redistributed. So these pictures are not part of the report, but in review/faces,
which git ignores and no workflow uploads. Those of the built-in sample may be shared.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part, read_part
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import own_folder
from tools.review.pictures import save
from tools.review.verdict import Model

TENSORS = Path("data/tensors/val.safetensors")
FOLDER = Path("review/faces")
COLUMNS, ROWS = 10, 3  # for the fixed faces, and as many for the broken ones


def draw_faces(models: list[Model]) -> list[Path]:
    """Draw a picture for each model with changed predictions; return the files."""
    if not TENSORS.exists():
        return []
    part = read_part(TENSORS)
    changed = [model for model in models if model.comparison and fits(model, part)]
    if not changed:
        return []
    with own_folder(FOLDER) as folder:
        folder.mkdir()
        for model in changed:
            draw(model, part, folder / f"{model.name}.png")
    return [FOLDER / f"{model.name}.png" for model in changed]


def fits(model: Model, part: Part) -> bool:
    """Are these the faces that the model was evaluated on? The tensors may be of another split."""
    assert model.after
    labels = pd.Series([CLASSES[label] for label in part.labels], index=part.rows.numpy())
    expected = model.after.predictions.set_index("row").actual
    return bool(expected.index.isin(labels.index).all()) and bool(
        (labels[expected.index] == expected).all()
    )


def draw(model: Model, part: Part, target: Path) -> None:
    if not (model.comparison and model.before and model.after):
        raise BadInput(f"{model.name} has nothing to compare.")
    before, after = (
        results.predictions.set_index("row") for results in (model.before, model.after)
    )
    index_of = {row: index for index, row in enumerate(part.rows.tolist())}
    figure = Figure(figsize=(15, 13), dpi=80, layout="constrained")
    grid = figure.add_gridspec(2, 1)
    for half, rows, title in zip(
        (figure.add_subfigure(grid[half]) for half in range(2)),
        (model.comparison.fixed, model.comparison.broken),
        ("wrong before, right now", "right before, wrong now"),
        strict=True,
    ):
        shown = rows[: COLUMNS * ROWS]
        half.suptitle(f"{model.name}: {title}, {len(shown)} of {len(rows)} faces")
        for axes in np.ravel(half.subplots(ROWS, COLUMNS)):
            axes.set_axis_off()
        for axes, row in zip(half.axes, shown, strict=False):
            pixels: np.ndarray = part.faces[index_of[row], 0].numpy()
            axes.imshow(pixels, cmap="gray", vmin=0, vmax=255)
            change = f"{before.predicted[row]} → {after.predicted[row]}"
            axes.set_title(f"{row} {after.actual[row]}\n{change}", fontsize=8)
    save(figure, target)
