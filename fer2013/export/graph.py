"""A predictor as an ONNX graph: uint8 [B, 1, 48, 48] → probabilities, float32 [B, 7].

The graph includes the normalisation, the views and their mean, so its input is simply grey faces. A
view is a linear map of the rows and of the columns, so it is stored as two 48×48 matrices, which
are computed with the function that evaluation uses. The exporter is the one that traces: the newer
one needs further packages and gives no better graph for these networks.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.inference import VIEWS, Predictor, View
from fer2013.export.metadata import add_metadata

OPSET = 17
FIRST_NODES = "/views/"  # prefix of the names of the nodes that compute the views


class Views(nn.Module):
    """Each view of each face. uint8 [B, 1, 48, 48] → float32 [V × B, 1, 48, 48] in 0..1"""

    rows: Tensor  # [V, 1, 48, 48]
    columns: Tensor  # [V, 1, 48, 48]

    def __init__(self, views: list[View]) -> None:
        super().__init__()
        matrices = [matrices_of(view) for view in views]
        self.register_buffer("rows", torch.stack([rows for rows, _ in matrices])[:, None])
        self.register_buffer("columns", torch.stack([columns for _, columns in matrices])[:, None])

    def forward(self, faces: Tensor) -> Tensor:
        grey = faces[:, 0].float() / 255
        # [V, 1, 48, 48] @ [B, 48, 48] @ [V, 1, 48, 48] → [V, B, 48, 48]
        seen: Tensor = self.rows @ grey @ self.columns
        return seen.reshape(-1, 1, SIDE, SIDE)


class MeanOfViews(nn.Module):
    """Computes `Predictor.probabilities`, in a single forward pass for all views."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.views = Views(predictor.evaluate.views)
        self.network, self.normalize = predictor.network, predictor.normalize
        self.count = len(predictor.evaluate.views)

    def forward(self, faces: Tensor) -> Tensor:
        logits = self.network(self.normalize.apply(self.views(faces)))  # [V × B, 7]
        each = logits.softmax(dim=1).reshape(self.count, -1, len(CLASSES))
        mean: Tensor = each.mean(dim=0)  # [V, B, 7] → [B, 7]
        return mean


def matrices_of(view: View) -> tuple[Tensor, Tensor]:
    """The matrices of a view: view(grey) = rows @ grey @ columns. → float32 [48, 48] each

    They are the views of pictures that are white in a single row or column.
    """
    one = torch.eye(SIDE)
    in_a_row = one[:, None, :, None].expand(SIDE, 1, SIDE, SIDE).contiguous()
    in_a_column = one[:, None, None, :].expand(SIDE, 1, SIDE, SIDE).contiguous()
    middle = SIDE // 2
    rows = VIEWS[view](in_a_row)[:, 0, :, middle].T
    columns = VIEWS[view](in_a_column)[:, 0, middle, :]
    return rows, columns


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
