"""The parts of the data set: one safetensors file each, with these tensors.

faces        uint8 [N, 1, 48, 48]
labels       int64 [N], -1 where unlabelled
rows         int64 [N], 0-based row in the source CSV
has_twin     bool [N], a Training row has the same pixels (always true for train and val)
blank        bool [N], all pixels are equal
conflicting  bool [N], an identical Training row has another label
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import save_file
from torch import Tensor

from fer2013.core.constants import SIDE
from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore

TENSORS = {  # type, shape of one face's entry
    "faces": (torch.uint8, (1, SIDE, SIDE)),
    "labels": (torch.int64, ()),
    "rows": (torch.int64, ()),
    "has_twin": (torch.bool, ()),
    "blank": (torch.bool, ()),
    "conflicting": (torch.bool, ()),
}

CHUNK = 4096  # faces copied at a time


@dataclass(frozen=True)
class Part:
    faces: Tensor
    labels: Tensor
    rows: Tensor
    has_twin: Tensor
    blank: Tensor
    conflicting: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labelled(self) -> bool:
        return len(self) > 0 and bool((self.labels >= 0).all())

    def where(self, chosen: Tensor) -> "Part":
        """The rows at which a bool [N] is true."""
        return Part(**{name: tensor[chosen] for name, tensor in vars(self).items()})


def read_part(path: Path) -> Part:
    """Open a part; its faces are memory-mapped, not read.

    Raises:
        BadInput: the file is missing, damaged, or not a part.
    """
    tensors, _ = read_tensors(path)
    if not _is_part(tensors):
        raise BadInput(f"{path} is not a part of the data set; {how_to_restore(path)}.")
    return Part(**tensors)


def _is_part(tensors: dict[str, Tensor]) -> bool:
    """Does the file hold exactly the tensors listed above, with these types and shapes?"""
    if tensors.keys() != TENSORS.keys():
        return False
    faces = tensors["labels"].numel()
    return all(
        tensors[name].dtype == dtype and tensors[name].shape == (faces, *shape)
        for name, (dtype, shape) in TENSORS.items()
    )


def write_part(path: Path, pixels: np.ndarray, table: pd.DataFrame, chosen: np.ndarray) -> None:
    """Write the chosen faces; `table` is a faces table with the columns of `report.with_flags`."""
    rows = table.iloc[chosen]
    with TemporaryFile(dir=path.parent) as scratch:
        faces = _gather_faces(pixels, chosen, scratch)
        save_file(
            {
                "faces": faces,
                "labels": rows.emotion.to_numpy(np.int64),
                "rows": rows.row.to_numpy(np.int64),
                "has_twin": rows.has_twin.to_numpy(bool),
                "blank": rows.blank.to_numpy(bool),
                "conflicting": rows.conflicting.to_numpy(bool),
            },
            path,
        )


def _gather_faces(pixels: np.ndarray, chosen: np.ndarray, scratch: BinaryIO) -> np.ndarray:
    """Copy the chosen faces into a temporary file, to save memory. → [N, 1, 48, 48]"""
    shape = (len(chosen), 1, SIDE, SIDE)
    if not len(chosen):
        return np.empty(shape, np.uint8)
    # Writing to a memory-mapped file on a full disk kills the process (SIGBUS), so reserve the
    # space first: that raises OSError instead.
    take_room(scratch, math.prod(shape))
    faces: np.ndarray = np.memmap(scratch, np.uint8, "w+", shape=shape)
    for start in range(0, len(chosen), CHUNK):
        rows = chosen[start : start + CHUNK]
        faces[start : start + CHUNK, 0] = pixels[rows]
    return faces


ZEROS = bytes(2**20)


def take_room(file: BinaryIO, size: int) -> None:
    """Let a new file have so many bytes, or raise OSError where the disk has not."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    for start in range(0, size, len(ZEROS)):  # macOS, which has no such call
        file.write(ZEROS[: size - start])
    file.flush()
