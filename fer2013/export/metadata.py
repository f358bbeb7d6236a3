"""The metadata of an ONNX file."""

from collections.abc import Mapping
from pathlib import Path

import onnx


def add_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Add entries to the metadata of an ONNX file; existing ones are replaced."""
    model = onnx.load(path)
    existing = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**existing, **metadata})
    onnx.save(model, path)
