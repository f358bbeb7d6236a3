"""A model's ONNX file for the page and the wheel, also where only its weights are at hand."""

import shutil
from pathlib import Path

import numpy as np

from fer2013.core.constants import SIDE
from fer2013.export.graph import compare, require_equal, write_onnx
from fer2013.predict.loading import find_backend
from fer2013.predict.onnx_backend import OnnxBackend
from fer2013.predict.torch_backend import TorchBackend, read_scores
from fer2013.runtime.errors import BadInput
from fer2013.runtime.recorded import require_one_run

CHECKED_ON = 16  # pictures of noise


def write_model(folder: Path, target: Path) -> None:
    """Copy the model's exported file if it is of its weights, else export them here.

    The stage export checks its file on all validation faces. Where these are not at hand, as in a
    clone after `make pull`, the probabilities of a few pictures of noise must be torch's.

    Raises:
        BadInput: there are neither weights nor a file, or its probabilities are not torch's,
            or the scores are not of these weights.
    """
    backend = find_backend(folder, int8=False, backend="auto", threads=1)
    require_one_run(folder)
    if isinstance(backend, TorchBackend):
        write_onnx(backend.predictor, backend.description.as_metadata(), target)
        noise = np.random.default_rng(0).integers(0, 256, (CHECKED_ON, 1, SIDE, SIDE), np.uint8)
        expected = backend.probabilities(noise)
        found = OnnxBackend(target, threads=1).probabilities(noise)
        require_equal(compare(found, expected, expected.argmax(axis=1), target), target)
    elif read_scores(folder) in ({}, backend.description.scores):
        shutil.copyfile(folder / "model.onnx", target)
    else:
        raise BadInput(
            f"{folder / 'model.onnx'} has other scores than metrics/scores/{folder.name}.json; "
            f"run dvc repro export_{folder.name}."
        )
