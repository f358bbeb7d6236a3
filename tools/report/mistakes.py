"""A model's most confident mistakes, with the faces, if its probabilities and data are available.

They show what the model has not learned, and faces whose label is wrong.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part, read_part
from tools.report.results import Result

TENSORS = Path("data/tensors/val.safetensors")
OF_A_CLASS = 6


@dataclass(frozen=True)
class Mistake:
    row: int  # in the source CSV
    actual: str
    predicted: str
    confidence: float
    of_actual: float  # the probability that the model gives the label
    face: str  # a data URI


def read_faces() -> Part | None:
    return read_part(TENSORS) if TENSORS.exists() else None


def fits(part: Part, result: Result) -> bool:
    """Are these the faces that the model was evaluated on? The tensors may be of another split."""
    table = result.predictions
    rows = [str(row) for row in part.rows.tolist()]
    labels = [CLASSES[label] for label in part.labels]
    return "row" in table and rows == table.row.tolist() and labels == table.actual.tolist()


def mistakes(result: Result, part: Part) -> dict[str, list[Mistake]]:
    """The most confident mistakes of each class, sorted; of identical faces only one."""
    found = {}
    for name in CLASSES:
        different: dict[bytes, int] = {}
        for index in surest(result, name):
            different.setdefault(part.faces[index].numpy().tobytes(), index)
            if len(different) == OF_A_CLASS:
                break
        found[name] = [mistake(result, part, index) for index in different.values()]
    return found


def surest(result: Result, name: str) -> list[int]:
    """The indices of the misclassified faces of a class, by decreasing confidence."""
    assert result.probabilities is not None
    table = result.predictions
    (wrong,) = np.nonzero((table.actual == name) & (table.predicted != name))
    confidence = result.probabilities.max(axis=1)[wrong]
    return wrong[np.argsort(-confidence, kind="stable")].tolist()


def mistake(result: Result, part: Part, index: int) -> Mistake:
    assert result.probabilities is not None
    actual, predicted = result.predictions[["actual", "predicted"]].iloc[index]
    probabilities = result.probabilities[index]
    return Mistake(
        int(part.rows[index]),
        actual,
        predicted,
        float(probabilities.max()),
        float(probabilities[CLASSES.index(actual)]),
        data_uri(part.faces[index, 0].numpy()),
    )


def data_uri(face: np.ndarray) -> str:
    """uint8 [48, 48] → a data URI to embed in the page; WebP needs half as many bytes as PNG"""
    _, data = cv2.imencode(".webp", face, [cv2.IMWRITE_WEBP_QUALITY, 85])
    return f"data:image/webp;base64,{base64.b64encode(data.tobytes()).decode()}"
