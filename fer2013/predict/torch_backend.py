"""Probabilities by torch, with config.yaml and weights.safetensors of a model's folder."""

import json
from pathlib import Path

import numpy as np
import torch

from fer2013.core.inference import Predictor
from fer2013.core.model_config import read_model_config
from fer2013.core.weights import load_network
from fer2013.predict.description import Description
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import file_hash
from fer2013.runtime.recorded import require_one_run


class TorchBackend:
    def __init__(self, weights: Path, config_file: Path) -> None:
        config = read_model_config(config_file)
        network, _ = load_network(config.network, weights)
        self.predictor = Predictor(network.eval(), config.normalize, config.evaluate)
        self.description = describe(weights)

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        """uint8 [N, 1, 48, 48] → float32 [N, 7]"""
        return self.predictor.probabilities(torch.from_numpy(faces)).numpy()


def describe(weights: Path) -> Description:
    """What is known of a model's weights; a note says if its scores may be, or are, of others."""
    folder = weights.parent
    scores, note = read_scores(folder), ""
    try:
        if not require_one_run(folder) and scores:
            note = f"no dvc.lock says whether the scores of {folder.name} are of these weights."
    except BadInput as error:
        scores, note = {}, str(error)
    return Description(folder.name, scores, {"weights": file_hash(weights)}, note)


def read_scores(folder: Path) -> dict[str, object]:
    """The scores on the validation faces, if the model has been evaluated in this repository."""
    path = folder.resolve().parent.parent / "metrics/scores" / f"{folder.name}.json"
    if not path.exists():
        return {}
    scores: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))["val"]
    return scores
