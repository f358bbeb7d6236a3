"""What an ONNX file says of itself."""

from collections.abc import Mapping
from pathlib import Path

import onnx


def add_metadata(path: Path, metadata: Mapping[str, str]) -> None:
    """Add to, or replace in, what an ONNX file says of itself."""
    model = onnx.load(path)
    known = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**known, **metadata})
    onnx.save(model, path)
