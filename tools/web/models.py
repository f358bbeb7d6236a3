"""What is known of a model by metrics/, for the page."""

from pathlib import Path
from typing import Any

from fer2013.scoring.counts import by_class
from fer2013.scoring.result_files import read_predictions, read_scores

METRICS = Path("metrics")


def described(model: str) -> dict[str, Any]:
    """Its accuracy on the validation faces, and the share of each class that it recognises.

    Each has a 95 % interval and the number of faces. Empty if it was not evaluated.
    """
    scores = METRICS / "scores" / f"{model}.json"
    if not scores.exists():
        return {}
    val = read_scores(scores)["val"]
    classes = by_class(read_predictions(METRICS / "predictions" / f"{model}.csv"))
    return {
        "accuracy": share(val["accuracy"], val["accuracy_low"], val["accuracy_high"], val["faces"]),
        "recall": {
            row.Index: share(row.recall, row.recall_low, row.recall_high, row.faces)
            for row in classes.itertuples()
        },
    }


def share(value: float, low: float, high: float, faces: int) -> dict[str, float]:
    return {"value": float(value), "low": float(low), "high": float(high), "faces": int(faces)}
