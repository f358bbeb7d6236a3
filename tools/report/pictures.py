"""Pictures of the results, as addresses that hold their data (data: URIs)."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part
from fer2013.reporting.pictures import COLUMNS
from fer2013.scoring.confusion import save
from fer2013.scoring.scores import CALIBRATION_BINS
from tools.report.results import Results
from tools.report.tables import bins

OF_A_CLASS = 6  # mistakes that are shown


@style.context("default")
def calibration(results: Results) -> str:
    """Accuracy by confidence, a panel for each model whose probabilities are available."""
    models = list(results.probabilities)
    rows = -(-len(models) // COLUMNS)
    figure = Figure(figsize=(10, 2.4 * rows), dpi=100, layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).flatten()
    for panel in panels[len(models) :]:
        panel.set_visible(False)
    for panel, model in zip(panels, models, strict=False):
        table = bins(results, model)
        panel.plot([0, 1], [0, 1], "--", color="grey", lw=1)
        panel.bar([bin.mid for bin in table.index], table.accuracy, 1 / CALIBRATION_BINS, alpha=0.5)
        panel.scatter(table.confidence, table.accuracy, s=200 * table.faces / table.faces.sum())
        panel.set_title(model, fontsize=10)
    figure.supxlabel("confidence")
    figure.supylabel("accuracy")
    file = BytesIO()
    save(figure, file)
    return address("png", file.getvalue())


def mistakes(results: Results) -> dict[str, dict[str, str]]:
    """By model and caption, the mistakes of which it is surest; of identical faces only one."""
    return {
        model: dict(of_model(results, model, results.faces))
        for model in results.pictured
        if results.faces
    }


def of_model(results: Results, model: str, part: Part) -> Iterator[tuple[str, str]]:
    """The captions and faces of mistakes, by class and by decreasing confidence."""
    table, probabilities = results.predictions[model], results.probabilities[model]
    confidence = probabilities.max(axis=1)  # [N, 7] → [N]
    for code, name in enumerate(CLASSES):
        (wrong,) = np.nonzero((table.actual == name) & (table.predicted != name))
        shown: set[bytes] = set()
        for index in wrong[np.argsort(-confidence[wrong], kind="stable")]:
            face = part.faces[index, 0].numpy()
            if len(shown) == OF_A_CLASS or face.tobytes() in shown:
                continue
            shown.add(face.tobytes())
            caption = (
                f"{name} ({probabilities[index, code]:.0%}), taken for {table.predicted[index]} "
                f"({confidence[index]:.0%}), row {part.rows[index]}"
            )
            yield caption, of_face(face)


def of_face(face: np.ndarray) -> str:
    """uint8 [48, 48] → its address; WebP needs half as many bytes as PNG"""
    _, content = cv2.imencode(".webp", face, [cv2.IMWRITE_WEBP_QUALITY, 85])
    return address("webp", content.tobytes())


def of_files(paths: dict[str, Path]) -> dict[str, str]:
    """The addresses of those PNG files that are there, which the pipeline has drawn."""
    return {
        name: address("png", path.read_bytes()) for name, path in paths.items() if path.exists()
    }


def address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
