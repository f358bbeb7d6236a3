"""Reading safetensors files. Unlike pickles, they cannot run code, so any file is safe to open."""

from pathlib import Path

import safetensors
from torch import Tensor

from fer2013.runtime.remedies import damaged


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read a file's tensors, memory-mapped, and its metadata.

    Raises:
        BadInput: the file is missing or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (OSError, safetensors.SafetensorError) as error:
        raise damaged(path, error) from None
