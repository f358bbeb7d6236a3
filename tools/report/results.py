"""All results, as the pipeline has written them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part, read_part
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.restoring import damaged
from fer2013.scoring.result_files import History, read_predictions
from stages.compare import rank, read_results
from tools.repository import git

DATA = Path("metrics/data.json")
FACES = Path("data/tensors/val.safetensors")


@dataclass(frozen=True)
class Results:
    """By model, the best first; of an ensemble there are neither histories nor configs."""

    leaderboard: pd.DataFrame
    scores: dict[str, dict[str, Any]]
    histories: dict[str, History]
    configs: dict[str, dict[str, Any]]
    predictions: dict[str, pd.DataFrame]  # of the validation faces
    probabilities: dict[str, np.ndarray]  # float [N, 7] of the validation faces, where available
    faces: Part | None  # the validation faces, if they are available and wanted
    pictured: list[str]  # models whose mistakes are among these
    data: dict[str, Any] | None  # the statistics of the data set, if ingest has run
    built_in: bool  # are the faces those of the built-in sample?
    untrained: list[str]
    notes: list[str]  # what is left out, and why

    @property
    def shows_fer2013(self) -> bool:
        return bool(self.pictured) and not self.built_in


def read(faces: bool) -> Results:
    """Read all results, with the faces or without.

    Raises:
        BadInput: there are no scores, or a file is missing or damaged.
    """
    scores, histories = read_results()
    leaderboard = rank(scores, histories)
    models = leaderboard.model.tolist()
    trained = [model for model in models if model in histories]
    predictions = {
        name: read_predictions(Path(f"metrics/predictions/{name}.csv")) for name in models
    }
    probabilities = {
        model: found
        for model in models
        if (found := read_probabilities(model, predictions[model])) is not None
    }
    params = read_yaml(PARAMS)
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
        {model: scores[model] for model in models},
        {model: histories[model] for model in trained},
        {model: read_yaml(Path(f"models/{model}/config.yaml")) for model in trained},
        predictions,
        probabilities,
        part,
        pictured,
        read_data(),
        params["data"]["folder"] == "data/sample",
        [model for model in [*read_models(params), "ensemble"] if model not in models],
        notes,
    )


def read_probabilities(model: str, predictions: pd.DataFrame) -> np.ndarray | None:
    """The validation faces' probabilities, if available and if the predictions are made of them."""
    path = Path(f"data/probabilities/{model}.safetensors")
    if not path.exists():
        return None
    found: np.ndarray = read_tensors(path)[0]["val"].double().numpy()
    fits = (
        len(found) == len(predictions)
        and (np.array(CLASSES)[found.argmax(axis=1)] == predictions.predicted).all()
    )
    return found if fits else None


def fits(part: Part, predictions: pd.DataFrame) -> bool:
    """Are these the faces that the model was evaluated on? The tensors may be of another split."""
    labels = [CLASSES[label] for label in part.labels]
    rows = [str(row) for row in part.rows.tolist()]
    return predictions.actual.tolist() == labels and predictions.row.tolist() == rows


def read_data() -> dict[str, Any] | None:
    if not DATA.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise damaged(DATA, error) from None


def commit() -> str:
    """The current commit, and whether there are uncommitted changes; "" outside of git."""
    found = git("rev-parse", "--short=10", "HEAD").stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no").stdout
    return f"{found} and uncommitted changes" if changed else found
