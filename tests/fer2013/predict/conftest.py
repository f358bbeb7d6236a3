"""A tiny model, and pictures with and without a face."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from matplotlib import cbook
from torch import nn

from fer2013.core.inference import Evaluate, Predictor
from fer2013.core.normalization import Fixed
from fer2013.export.graph import write_onnx
from fer2013.predict.description import Description
from fer2013.predict.loading import load_model
from fer2013.predict.model import Model

SCORES = {"faces": 100, "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}


def read_bgr(path: Path) -> np.ndarray:
    """uint8 [H, W, 3]"""
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    """A linear network with weights that predict every face differently."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    evaluate = Evaluate(batch_size=8, views=["plain", "flip", "larger"])
    return Predictor(network, Fixed(name="fixed", mean=0.5, std=0.25), evaluate)


@pytest.fixture(scope="session")
def exported(predictor: Predictor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    write_onnx(predictor, Description("tiny", SCORES).as_metadata(), path)
    return path


@pytest.fixture(scope="session")
def model(exported: Path) -> Model:
    return load_model(exported, threads=1)


@pytest.fixture(scope="session")
def hopper() -> Path:
    """Grace Hopper's portrait, 512 × 600 pixels, which Matplotlib carries."""
    return Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A picture without a face."""
    path = tmp_path / "empty.png"
    cv2.imwrite(str(path), np.full((80, 120, 3), 130, np.uint8))
    return path
