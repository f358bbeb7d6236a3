"""Pictures of the faces whose prediction changed, if data/tensors is available.

FER2013 may not be redistributed. So these pictures are not part of the report, but in review/faces,
which git ignores and no workflow uploads. Those of the built-in sample may be shared.
"""

from itertools import zip_longest
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part, read_part
from fer2013.runtime.files import own_folder
from fer2013.scoring.confusion import save
from tools.review.models import Model

TENSORS = Path("data/tensors/val.safetensors")
FOLDER = Path("review/faces")
COLUMNS, ROWS = 10, 3  # for the fixed faces, and as many for the broken ones


def draw_faces(models: list[Model]) -> list[Path]:
    """Draw a picture for each model with changed predictions; return the files.

    Raises:
        BadInput: the tensors are damaged, or the disk cannot be written.
    """
    changed = [model for model in models if model.comparison]
    if not (changed and TENSORS.exists()):
        return []
    part = read_part(TENSORS)
    changed = [model for model in changed if fits(model, part)]
    if changed:
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
    return bool((labels.reindex(expected.index) == expected).all())


def draw(model: Model, part: Part, target: Path) -> None:
    assert model.comparison and model.before and model.after
    before = model.before.predictions.set_index("row").predicted
    after = model.after.predictions.set_index("row").predicted
    index_of = {row: index for index, row in enumerate(part.rows.tolist())}
    figure = Figure(figsize=(15, 13), dpi=80, layout="constrained")
    halves = {
        "wrong before, right now": model.comparison.fixed,
        "right before, wrong now": model.comparison.broken,
    }
    subfigures = figure.subfigures(2, 1, squeeze=False)
    for half, (title, rows) in zip(subfigures.flat, halves.items(), strict=True):
        half.suptitle(f"{model.name}: {title}, of {len(rows)} faces the first")
        for axes, row in zip_longest(half.subplots(ROWS, COLUMNS).flat, rows[: COLUMNS * ROWS]):
            axes.set_axis_off()
            if row is not None:
                index = index_of[row]
                axes.imshow(part.faces[index, 0].numpy(), cmap="gray", vmin=0, vmax=255)
                said = f"{row} {CLASSES[part.labels[index]]}\n{before[row]} → {after[row]}"
                axes.set_title(said, fontsize=8)
    save(figure, target)
