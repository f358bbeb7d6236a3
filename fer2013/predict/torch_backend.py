"""Probabilities by torch, with config.yaml and weights.safetensors of a model's folder."""

import json
from pathlib import Path

import numpy as np
import torch

from fer2013.core.inference import Predictor
from fer2013.core.model_config import read_model_config
from fer2013.core.weights import load_network
from fer2013.predict.description import Description


class TorchBackend:
    def __init__(self, folder: Path) -> None:
        config = read_model_config(folder / "config.yaml")
        network, _ = load_network(config.network, folder / "weights.safetensors")
        self.predictor = Predictor(network.eval(), config.normalize, config.evaluate)
        self.description = Description(folder.name, read_scores(folder))

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        """uint8 [N, 1, 48, 48] → float32 [N, 7]"""
        return self.predictor.probabilities(torch.from_numpy(faces)).numpy()


def read_scores(folder: Path) -> dict[str, object]:
    """The scores on the validation faces, if the model has been evaluated in this repository."""
    path = folder.resolve().parents[1] / "metrics/scores" / f"{folder.name}.json"
    if not path.exists():
        return {}
    scores: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))["val"]
    return scores
