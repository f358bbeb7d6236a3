"""Compare the probabilities of an exported file with those of the network."""

from pathlib import Path
from typing import Any

import numpy as np

from fer2013.runtime.errors import BadInput

LARGEST_DIFFERENCE = 1e-4  # of a probability


def compare(
    probabilities: np.ndarray, expected: np.ndarray, labels: np.ndarray, path: Path
) -> dict[str, Any]:
    """Compare an ONNX file's probabilities with the network's, `expected`: float32 [N, 7] each."""
    right = probabilities.argmax(axis=1) == labels
    expected_right = expected.argmax(axis=1) == labels
    other_class = probabilities.argmax(axis=1) != expected.argmax(axis=1)
    return {
        "max_difference": float(f"{np.abs(probabilities - expected).max(initial=0):.2g}"),
        "other_class": int(other_class.sum()),
        "accuracy": round(float(right.mean()), 6),
        "accuracy_change": round(float(right.mean() - expected_right.mean()), 6),
        "kilobytes": round(path.stat().st_size / 1000),
    }


def require_equal(compared: dict[str, Any], path: Path) -> None:
    """Raises: BadInput: an ONNX file gives other probabilities than its network."""
    difference, others = compared["max_difference"], compared["other_class"]
    if difference >= LARGEST_DIFFERENCE or others:
        raise BadInput(
            f"{path} differs from torch by up to {difference} and gives {others} faces another "
            "class, so it is not kept; the network may use an operation that ONNX lacks."
        )
