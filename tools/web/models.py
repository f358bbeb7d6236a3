"""What is known of a model by metrics/, for the page."""

import json
from pathlib import Path
from typing import Any

from fer2013.core.constants import CLASSES
from fer2013.scoring.interval import wilson_interval
from fer2013.scoring.predictions import read_predictions

METRICS = Path("metrics")


def described(model: str) -> dict[str, Any]:
    """Its accuracy on the validation faces, and the share of each class that it recognises.

    Each has a 95 % interval and the number of faces. Empty if it was not evaluated.
    """
    scores = METRICS / "scores" / f"{model}.json"
    if not scores.exists():
        return {}
    val = json.loads(scores.read_text(encoding="utf-8"))["val"]
    table = read_predictions(METRICS / "predictions" / f"{model}.csv")
    right = table["actual"] == table["predicted"]
    return {
        "accuracy": interval(round(val["accuracy"] * val["faces"]), val["faces"]),
        "recall": {
            name: interval(int(right[of_class].sum()), int(of_class.sum()))
            for name in CLASSES
            if (of_class := table["actual"] == name).any()
        },
    }


def interval(right: int, faces: int) -> dict[str, float]:
    low, high = wilson_interval(right, faces)
    return {"value": right / faces, "low": low, "high": high, "faces": faces}
