"""A predictor as an ONNX file: uint8 [B, 1, 48, 48] → probabilities, float32 [B, 7].

The graph includes the normalisation, the views and their mean, so its input is simply grey faces.
The exporter is the one that traces: the newer one needs further packages and gives no better graph
for these networks.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.inference import VIEWS, Predictor
from fer2013.runtime.errors import BadInput

OPSET = 20  # the first with torch's affine_grid, by which views zoom
LARGEST_DIFFERENCE = 1e-4  # of a probability between the file and the network


class MeanOfViews(nn.Module):
    """Computes `Predictor.probabilities`, in a single forward pass for all views."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.network, self.normalize = predictor.network, predictor.normalize
        self.views = [VIEWS[view] for view in predictor.evaluate.views]

    def forward(self, faces: Tensor) -> Tensor:
        grey = faces.float() / 255  # [B, 1, 48, 48]
        seen = torch.cat([view(grey) for view in self.views])  # → [V × B, 1, 48, 48]
        logits = self.network(self.normalize.apply(seen))  # → [V × B, 7]
        each = logits.softmax(dim=1).reshape(len(self.views), -1, len(CLASSES))  # [V, B, 7]
        mean: Tensor = each.mean(dim=0)  # → [B, 7]
        return mean


def write_onnx(predictor: Predictor, metadata: Mapping[str, str], path: Path) -> None:
    """Write a predictor, whose network is on the CPU, as an ONNX file."""
    # Transformers would use a fused operation that ONNX lacks.
    torch.backends.mha.set_fastpath_enabled(False)
    faces = torch.zeros(2, 1, SIDE, SIDE, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one recommends the newer exporter
        torch.onnx.export(
            MeanOfViews(predictor).eval(),
            (faces,),
            str(path),
            input_names=["faces"],
            output_names=["probabilities"],
            dynamic_axes={"faces": {0: "batch"}, "probabilities": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    add_metadata(path, metadata)


def add_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Add entries to the metadata of an ONNX file; existing ones are replaced."""
    model = onnx.load(path)
    existing = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**existing, **metadata})
    onnx.save(model, path)


def compare(
    probabilities: np.ndarray, expected: np.ndarray, labels: np.ndarray, path: Path
) -> dict[str, Any]:
    """Compare an ONNX file's probabilities with the network's, `expected`: float32 [N, 7] each."""
    right = probabilities.argmax(axis=1) == labels
    expected_right = expected.argmax(axis=1) == labels
    other_class = probabilities.argmax(axis=1) != expected.argmax(axis=1)
    return {
        "max_difference": float(f"{np.abs(probabilities - expected).max(initial=0):.2g}"),
        "other_class": int(other_class.sum()),
        "accuracy": round(float(right.mean()), 6),
        "accuracy_change": round(float(right.mean() - expected_right.mean()), 6),
        "kilobytes": round(path.stat().st_size / 1000),
    }


def require_equal(compared: dict[str, Any], path: Path) -> None:
    """Raises: BadInput: an ONNX file gives other probabilities than its network."""
    difference, others = compared["max_difference"], compared["other_class"]
    if difference >= LARGEST_DIFFERENCE or others:
        raise BadInput(
            f"{path} differs from torch by up to {difference} and gives {others} faces another "
            "class, so it is not kept; the network may use an operation that ONNX lacks."
        )
