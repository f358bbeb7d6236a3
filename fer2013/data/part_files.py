"""Faces of one part → one safetensors file; `parts.py` names its tensors and reads it."""

import math
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from fer2013.base.constants import SIDE
from fer2013.data.report import conflicting, has_twin_in_training

AT_ONCE = 4096  # faces copied at a time


def write_part(path: Path, pixels: np.ndarray, table: pd.DataFrame, chosen: np.ndarray) -> None:
    """Write the chosen faces; `table` is a faces table with the columns of `with_flags`."""
    rows = table.iloc[chosen]
    with TemporaryFile(dir=path.parent) as scratch:
        faces = _copied(pixels, chosen, scratch)
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


def with_flags(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns has_twin and conflicting to a faces table."""
    return rows.assign(has_twin=has_twin_in_training(rows), conflicting=conflicting(rows))


def _copied(pixels: np.ndarray, chosen: np.ndarray, scratch: BinaryIO) -> np.ndarray:
    """Gather the chosen faces in a scratch file rather than in memory. → [N, 1, 48, 48]"""
    shape = (len(chosen), 1, SIDE, SIDE)
    if not len(chosen):
        return np.empty(shape, np.uint8)
    # A mapped file that finds the disk full kills the process (SIGBUS); so take the room first.
    os.posix_fallocate(scratch.fileno(), 0, math.prod(shape))
    faces: np.ndarray = np.memmap(scratch, np.uint8, "w+", shape=shape)
    for start in range(0, len(chosen), AT_ONCE):
        some = chosen[start : start + AT_ONCE]
        faces[start : start + AT_ONCE, 0] = pixels[some]
    return faces
