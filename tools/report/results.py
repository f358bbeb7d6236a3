"""All results, as the pipeline has written them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part, read_part
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.restoring import damaged
from fer2013.scoring.result_files import read_predictions, read_scores

METRICS = Path("metrics")
FACES = Path("data/tensors/val.safetensors")


@dataclass(frozen=True)
class Results:
    """By model, the best first."""

    leaderboard: pd.DataFrame
    scores: dict[str, dict[str, Any]]
    predictions: dict[str, pd.DataFrame]  # of the validation faces
    probabilities: dict[str, np.ndarray]  # float [N, 7] of the validation faces, where available
    faces: Part | None  # the validation faces, if they are available and wanted
    pictured: list[str]  # models whose mistakes are among these
    data: dict[str, Any]  # the statistics of the data set
    built_in: bool  # are the faces those of the built-in sample?
    notes: list[str]  # what is left out, and why

    @property
    def shows_fer2013(self) -> bool:
        return bool(self.pictured) and not self.built_in


def read(faces: bool) -> Results:
    """Read all results, with the faces or without.

    Raises:
        BadInput: a file is missing or damaged.
    """
    leaderboard = from_file(METRICS / "leaderboard.csv", pd.read_csv).fillna({"warning": ""})
    models = leaderboard.model.tolist()
    predictions = {
        model: read_predictions(METRICS / f"predictions/{model}.csv") for model in models
    }
    read_ones = {model: read_probabilities(model, predictions[model]) for model in models}
    probabilities = {model: found for model, found in read_ones.items() if found is not None}
    notes = []
    if missing := [model for model in models if model not in probabilities]:
        notes.append(
            f"calibration of {', '.join(missing)}: data/probabilities does not have the "
            "probabilities of their predictions; make pull fetches them."
        )
    part = read_part(FACES) if faces and FACES.exists() else None
    pictured = [model for model in probabilities if part and fits(part, predictions[model])]
    if faces and (others := [model for model in probabilities if model not in pictured]):
        notes.append(
            f"mistakes of {', '.join(others)}: data/tensors is missing or holds other faces; "
            "dvc repro tensors makes it from the data."
        )
    return Results(
        leaderboard,
        {model: read_scores(METRICS / f"scores/{model}.json") for model in models},
        predictions,
        probabilities,
        part,
        pictured,
        from_file(METRICS / "data.json", lambda path: json.loads(path.read_bytes())),
        read_yaml(PARAMS)["data"]["folder"] == "data/sample",
        notes,
    )


def from_file(path: Path, read_it: Any) -> Any:
    try:
        return read_it(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None


def read_probabilities(model: str, predictions: pd.DataFrame) -> np.ndarray | None:
    """The validation faces' probabilities, if available and if the predictions are made of them."""
    path = Path(f"data/probabilities/{model}.safetensors")
    if not path.exists():
        return None
    found: np.ndarray = read_tensors(path)[0]["val"].double().numpy()
    same = np.array_equal(np.array(CLASSES)[found.argmax(axis=1)], predictions.predicted)
    return found if same else None


def fits(part: Part, predictions: pd.DataFrame) -> bool:
    """Are these the faces that the model was evaluated on? The tensors may be of another split."""
    labels = [CLASSES[label] for label in part.labels]
    rows = [str(row) for row in part.rows.tolist()]
    return predictions.actual.tolist() == labels and predictions.row.tolist() == rows
