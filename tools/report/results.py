"""A model's results, as the pipeline has written them: scores, predictions, epochs and so on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.core.sections import read_yaml
from fer2013.core.tensor_files import read_tensors
from fer2013.reporting.leaderboard import Row
from fer2013.reporting.result_files import read_epochs, read_scores
from fer2013.runtime.errors import BadInput
from fer2013.scoring.predictions import read_predictions
from stages.compare import rows_of

SCORES = Path("metrics/scores")
EPOCH = (
    *("epoch", "lr"),
    *(f"{part}_{name}" for part in ("train", "val") for name in ("loss", "accuracy", "macro_f1")),
)


@dataclass(frozen=True)
class Result:
    name: str
    row: Row  # the leaderboard's
    scores: dict[str, Any]
    predictions: pd.DataFrame  # of the validation faces
    epochs: list[dict[str, float]]  # empty for an ensemble
    config: dict[str, Any]  # empty for an ensemble
    probabilities: np.ndarray | None  # float [N, 7] of the validation faces, if available

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """The scores of each part, and those of the test parts' faces without a twin."""
        parts = {
            name: scores
            for name, scores in self.scores.items()
            if isinstance(scores, dict) and name != "computed_on"
        }
        clean = {
            f"{name}, no twins": scores["clean"]
            for name, scores in parts.items()
            if "clean" in scores
        }
        return parts | clean


def read_results() -> list[Result]:
    """Read every model that has scores, the best first.

    Raises:
        BadInput: there is none, or a file is missing or damaged.
    """
    scores = {path.stem: read_scores(path) for path in sorted(SCORES.glob("*.json"))}
    if not scores:
        raise BadInput(f"{SCORES} holds no scores yet; run dvc repro confusion_resnet.")
    results = [read_result(name, scores[name], row) for name, row in rows_of(scores).items()]
    return sorted(results, key=lambda result: (-result.row["val_accuracy"], result.name))


def read_result(name: str, scores: dict[str, Any], row: Row) -> Result:
    trained = "members" not in scores
    predictions = read_predictions(Path("metrics/predictions") / f"{name}.csv")
    refuse_unless_of_one_run(name, scores, predictions)
    return Result(
        name,
        row,
        scores,
        predictions,
        read_curve(Path("metrics/epochs") / f"{name}.tsv") if trained else [],
        read_yaml(Path("models") / name / "config.yaml") if trained else {},
        read_probabilities(Path("data/probabilities") / f"{name}.safetensors", predictions),
    )


def read_curve(path: Path) -> list[dict[str, float]]:
    rows = read_epochs(path)
    missing = [column for column in EPOCH if column not in rows[0]]
    if missing:
        raise BadInput(f"{path} has no column {missing[0]}; run dvc repro train_{path.stem}.")
    return rows


def refuse_unless_of_one_run(name: str, scores: dict[str, Any], predictions: pd.DataFrame) -> None:
    accuracy = (predictions.actual == predictions.predicted).mean()
    if abs(accuracy - scores["val"]["accuracy"]) > 1e-6:
        raise BadInput(
            f"metrics/scores/{name}.json and metrics/predictions/{name}.csv are not of one run "
            f"(accuracy {scores['val']['accuracy']:.2%} and {accuracy:.2%}); "
            f"run dvc repro confusion_{name}."
        )


def read_probabilities(path: Path, predictions: pd.DataFrame) -> np.ndarray | None:
    """The validation faces' probabilities, if available and if the predictions are made of them."""
    if not path.exists():
        return None
    tensors, _ = read_tensors(path)
    if "val" not in tensors or tensors["val"].shape != (len(predictions), len(CLASSES)):
        return None
    found: np.ndarray = tensors["val"].double().numpy()
    codes = predictions.predicted.map(CLASSES.index).to_numpy()
    of_predicted = found[np.arange(len(found)), codes]  # [N, 7] → [N]
    return found if (of_predicted == found.max(axis=1)).all() else None
