"""Reading and writing safetensors files. Unlike pickles, they cannot run code."""

from pathlib import Path

import safetensors
from safetensors.torch import save
from torch import Tensor

from fer2013.runtime.files import atomic_write
from fer2013.runtime.restoring import damaged


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


def write_tensors(
    tensors: dict[str, Tensor], path: Path, metadata: dict[str, str] | None = None
) -> None:
    """Write a file, if it fits the disk whole. Of `metadata`, several keys have a random order."""
    with atomic_write(path) as tmp:
        tmp.write_bytes(save(tensors, metadata))
