"""Calibration: accuracy by confidence, in the same bins as the score `calibration_error`."""

from dataclasses import dataclass

import numpy as np

from fer2013.core.constants import CLASSES
from fer2013.scoring.scores import CALIBRATION_BINS
from tools.report.results import Result
from tools.report.tables import Row, Table, count, number, percent, word


@dataclass(frozen=True)
class Bin:
    low: float
    high: float
    faces: int
    confidence: float  # the mean probability of the predicted class
    accuracy: float


def bins(result: Result) -> list[Bin]:
    """The bins that hold faces; none if the probabilities are not available."""
    if result.probabilities is None:
        return []
    confidence = result.probabilities.max(axis=1)  # [N, 7] → [N]
    predicted = np.array(CLASSES)[result.probabilities.argmax(axis=1)]
    right = predicted == result.predictions.actual.to_numpy()
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    bin_of_face = np.clip(np.digitize(confidence, edges) - 1, 0, CALIBRATION_BINS - 1)
    return [
        Bin(
            float(edges[bin]),
            float(edges[bin + 1]),
            int((bin_of_face == bin).sum()),
            float(confidence[bin_of_face == bin].mean()),
            float(right[bin_of_face == bin].mean()),
        )
        for bin in range(CALIBRATION_BINS)
        if (bin_of_face == bin).any()
    ]


def calibration_error(found: list[Bin]) -> float:
    """The expected calibration error: the mean of |confidence - accuracy| over the faces."""
    faces = sum(bin.faces for bin in found)
    return sum(bin.faces * abs(bin.confidence - bin.accuracy) for bin in found) / faces


def bins_table(found: dict[str, list[Bin]]) -> Table:
    rows = [
        Row(
            [
                word(name),
                number(bin.low, "{:.3f}"),
                number(bin.high, "{:.3f}"),
                count(bin.faces),
                percent(bin.confidence),
                percent(bin.accuracy),
                number(100 * (bin.accuracy - bin.confidence), "{:+.1f}"),
            ],
            name,
        )
        for name, of_model in found.items()
        for bin in of_model
    ]
    head = ["model", "sure from", "up to", "faces", "mean confidence", "accuracy", "points"]
    caption = "Validation faces by how sure the model is; points: accuracy less confidence."
    return Table("bins-table", "Bins of confidence", caption, head, rows)
