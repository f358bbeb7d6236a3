"""The split: Training rows → train or val; each other usage is a part of its own.

data/split.csv has a row for each face: its index and its part.
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from fer2013.core.constants import CLASSES, PARTS, TRAINING, USAGES
from fer2013.core.sections import Number, Section, Seed
from fer2013.data.stratified import choose
from fer2013.data.tables import read_table, refuse_unless
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore

TRAIN, VAL, *TESTS = PARTS
PART_OF_USAGE = dict(zip(USAGES, [TRAIN, *TESTS], strict=True))


class Split(Section):
    val_fraction: Annotated[Number, Field(gt=0, lt=1)]
    keep_duplicates_together: bool
    seed: Seed


def split(
    rows: pd.DataFrame, val_fraction: float, keep_duplicates_together: bool, seed: int
) -> pd.Series:
    """Assign a part to each row of a faces table (see `faces.py`).

    Groups of identical faces are split, stratified by class: a group is in train or val as a whole.
    A group with conflicting labels counts as its most frequent class. Without
    `keep_duplicates_together` each row is a group of its own: the random split that is usually
    published, in which one validation face in fifteen has an exact twin in train.

    Raises:
        BadInput: a class has too few faces for both train and val.
    """
    parts = np.empty(len(rows), np.int8)  # indices into PARTS
    for usage, part in PART_OF_USAGE.items():
        parts[rows.usage == usage] = PARTS.index(part)
    training = np.flatnonzero(rows.usage == TRAINING)
    group = rows.same_as.to_numpy()[training] if keep_duplicates_together else training
    group_class = most_frequent(rows.emotion.to_numpy()[training], group)
    try:
        in_val = choose(group_class, val_fraction, seed)
    except ValueError as error:
        raise BadInput(f"params.yaml: split.val_fraction {val_fraction}: {error}.") from None
    parts[training[in_val[group]]] = PARTS.index(VAL)
    return pd.Series(pd.Categorical.from_codes(parts, list(PARTS)), name="part")


def most_frequent(emotion: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Each group's most frequent emotion, of equally frequent ones the lowest; -1 for a group
    without rows. int8 [rows], int [rows] → int8 [groups]"""
    result = np.full(1 + group.max(initial=-1), -1, np.int8)
    most = np.zeros(len(result), np.int64)
    for code in range(len(CLASSES)):
        count = np.bincount(group[emotion == code], minlength=len(result))
        result[count > most] = code
        np.maximum(most, count, out=most)
    return result


def write_split(path: Path, parts: pd.Series) -> None:
    parts.to_csv(path, index_label="face", lineterminator="\n")


def read_split(path: Path, rows: pd.DataFrame) -> np.ndarray:
    """Read the part of each row of the faces table, as an index into PARTS. → int8 [faces]

    Raises:
        BadInput: the file is missing or damaged, or does not fit the faces.
    """
    chunks = read_table(path, {"face": np.int64, "part": str})
    parts = np.concatenate([_checked(chunk, path) for chunk in chunks])
    if len(parts) != len(rows):
        raise BadInput(
            f"{path} has {len(parts)} faces, but there are {len(rows)}; {how_to_restore(path)}."
        )
    # PARTS has the order of USAGES, but train and val share the first usage.
    fits = np.maximum(parts - 1, 0) == rows.usage.cat.codes
    complaint = "a face of this usage cannot be in this part"
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
