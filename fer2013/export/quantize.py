"""The 8-bit form of an ONNX file.

Convolutions and matrix products take whole numbers of 8 bits; what lies between them stays float32.
Activations are scaled by the range that they have on some training faces, each output channel's
weights by their own. Weights use 7 of the 8 bits: processors without VNNI add two products in 16
bits, which overflow otherwise, so the same file would be less accurate there.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from fer2013.export.graph import FIRST_NODES

QUANTIZED = ["Conv", "Gemm", "MatMul"]


class Faces(CalibrationDataReader):
    """Training faces, some at a time."""

    def __init__(self, faces: np.ndarray, at_once: int = 64) -> None:
        starts = range(0, len(faces), at_once)
        self.batches: Iterator[np.ndarray] = (faces[i : i + at_once] for i in starts)

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"faces": batch}


def quantize(source: Path, faces: np.ndarray, target: Path) -> None:
    """Write an ONNX file's 8-bit form.

    Args:
        faces: uint8 [N, 1, 48, 48], by which activations are scaled.
    """
    nodes = onnx.load(source).graph.node
    logging.getLogger().setLevel(logging.ERROR)  # it advises what was weighed above
    quantize_static(
        str(source),
        str(target),
        Faces(faces),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=QUANTIZED,
        nodes_to_exclude=[node.name for node in nodes if node.name.startswith(FIRST_NODES)],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
