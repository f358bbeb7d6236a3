"""The table that split writes: for each face its number, from 0, and the name of its part."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer2013.base.constants import PARTS
from fer2013.data.tables import read_table, refuse_unless
from fer2013.runtime.errors import BadInput
from fer2013.runtime.remedies import remedy


def write_split(path: Path, parts: pd.Series) -> None:
    parts.to_csv(path, index_label="face", lineterminator="\n")


def read_split(path: Path, rows: pd.DataFrame) -> np.ndarray:
    """The part of each row of the faces table, as a place in PARTS. → int8 [faces]

    Raises:
        BadInput: the file is missing or damaged, or does not fit the faces.
    """
    chunks = read_table(path, {"face": np.int64, "part": str})
    parts = np.concatenate([_checked(chunk, path) for chunk in chunks])
    if len(parts) != len(rows):
        raise BadInput(f"{path} has {len(parts)} faces, and there are {len(rows)}; {remedy(path)}.")
    # PARTS follows USAGES, but for train and val, which share the first.
    fits = np.maximum(parts - 1, 0) == rows.usage.cat.codes
    complaint = "a face of its usage cannot be in this part"
    refuse_unless(fits, rows.index, path, complaint)
    return parts


def _checked(chunk: pd.DataFrame, path: Path) -> np.ndarray:
    parts = pd.Index(PARTS).get_indexer(chunk.part).astype(np.int8)
    for good, complaint in (
        (chunk.face == chunk.index, "the faces are not in their order"),
        (parts >= 0, f"part is none of {', '.join(PARTS)}"),
    ):
        refuse_unless(good, chunk.index, path, complaint)
    return parts
