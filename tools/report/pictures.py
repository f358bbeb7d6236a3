"""Pictures of the results, as addresses that hold their data (data: URIs)."""

import base64
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import BinaryIO

import cv2
import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part
from fer2013.reporting.pictures import COLUMNS, draw_curves, draw_leaderboard
from fer2013.scoring.confusion import draw_confusion, save
from fer2013.scoring.scores import CALIBRATION_BINS
from stages.compare import curves_of
from tools.report.results import Results
from tools.report.tables import bins

OF_A_CLASS = 6  # mistakes that are shown


def leaderboard(results: Results) -> str:
    return address(lambda file: draw_leaderboard(results.leaderboard, file))


def curves(results: Results) -> str:
    shown = curves_of(results.leaderboard, results.histories)
    return address(lambda file: draw_curves(*shown, file))


def confusions(results: Results) -> dict[str, str]:
    return {
        model: address(lambda file: draw_confusion(found, model, file))  # noqa: B023  called now
        for model, found in results.predictions.items()
    }


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
    return address(lambda file: save(figure, file))


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
    return f"data:image/webp;base64,{base64.b64encode(content.tobytes()).decode()}"


def address(draw: Callable[[BinaryIO], None]) -> str:
    """The address of the PNG that `draw` writes into a file."""
    file = BytesIO()
    draw(file)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
