"""A model for the page: its ONNX file, and what is known of it by metrics/."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from fer2013.base.constants import CLASSES, SIDE
from fer2013.export.checks import compare, require_equal
from fer2013.export.graph import write_onnx
from fer2013.predict.loading import find_backend
from fer2013.predict.onnx_backend import OnnxBackend
from fer2013.predict.torch_backend import TorchBackend
from fer2013.scoring.interval import wilson_interval
from fer2013.scoring.predictions import read_predictions

CHECKED_ON = 16  # pictures of noise
METRICS = Path("metrics")


def write_model(folder: Path, target: Path) -> None:
    """Copy the model's exported file if it is of its weights, else export them here.

    The stage export checks its file on all validation faces. Where these are not at hand, as on the
    server that publishes the page, the answers to a few pictures of noise must be torch's.

    Raises:
        BadInput: there are neither weights nor a file, or the file answers otherwise than torch.
    """
    backend = find_backend(folder, int8=False, backend="auto", threads=1)
    if isinstance(backend, OnnxBackend):
        shutil.copyfile(folder / "model.onnx", target)
    else:
        assert isinstance(backend, TorchBackend)
        export(backend, target)


def export(backend: TorchBackend, target: Path) -> None:
    write_onnx(backend.predictor, backend.description.as_metadata(), target)
    noise = np.random.default_rng(0).integers(0, 256, (CHECKED_ON, 1, SIDE, SIDE), np.uint8)
    expected = backend.probabilities(noise)
    answers = OnnxBackend(target, threads=1).probabilities(noise)
    require_equal(compare(answers, expected, expected.argmax(axis=1), target), target)


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
