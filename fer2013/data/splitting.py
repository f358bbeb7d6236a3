"""The split: Training rows → train or val; each other usage is a part of its own.

data/split.csv has a row for each face: its index and its part.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from fer2013.core.constants import CLASSES, PARTS, TRAINING, USAGES
from fer2013.core.sections import Number, Section, Seed
from fer2013.data.stratified import choose
from fer2013.data.tables import load_table, refuse_unless
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore

TRAIN, VAL, *TESTS = PARTS
PART_OF_USAGE = dict(zip(USAGES, [TRAIN, *TESTS], strict=True))


GROUP = {"near": "photograph", "exact": "same_as", "none": None}  # a column of the faces table


class Split(Section):
    val_fraction: Annotated[Number, Field(gt=0, lt=1)]
    keep_together: Literal["near", "exact", "none"]
    seed: Seed

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, values: Any) -> Any:
        if isinstance(values, dict) and "keep_duplicates_together" in values:
            raise ValueError(
                "keep_duplicates_together is called keep_together now: write exact for true, none "
                "for false, or near, which also keeps near copies of a photograph together"
            )
        return values


def split(rows: pd.DataFrame, options: Split) -> pd.Series:
    """Assign a part to each row of a faces table (see `faces.py`).

    Groups of copies are split, stratified by class: a group is in train or val as a whole, and
    counts as its most frequent class. With `keep_together: exact` a group are faces with identical
    pixels, with `near` all copies of a photograph (see `copies.py`), and with `none` each face is
    one: the random split that is usually published, in which one validation face in seven has a
    copy in train.

    Raises:
        BadInput: a class has too few faces for both train and val.
    """
    parts = np.empty(len(rows), np.int8)  # indices into PARTS
    for usage, part in PART_OF_USAGE.items():
        parts[rows.usage == usage] = PARTS.index(part)
    training = np.flatnonzero(rows.usage == TRAINING)
    column = GROUP[options.keep_together]
    group = rows[column].to_numpy()[training] if column else training
    group_class = most_frequent(rows.emotion.to_numpy()[training], group)
    try:
        in_val = choose(group_class, options.val_fraction, options.seed)
    except ValueError as error:
        message = f"params.yaml: split.val_fraction {options.val_fraction}: {error}."
        raise BadInput(message) from None
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


def balance(parts: pd.Series, rows: pd.DataFrame) -> str:
    """Say how many faces train and val have, and how far their classes' shares differ."""
    train, val = (
        rows.emotion[parts == part].value_counts().reindex(range(len(CLASSES)), fill_value=0)
        for part in (TRAIN, VAL)
    )
    apart = (val / val.sum() - train / train.sum()).abs()
    return (
        f"train {train.sum():,} faces, val {val.sum():,}; the share of {CLASSES[apart.idxmax()]} "
        f"differs most between them, by {apart.max():.2%}"
    )


def write_split(path: Path, parts: pd.Series) -> None:
    parts.to_csv(path, index_label="face", lineterminator="\n")


def read_split(path: Path, rows: pd.DataFrame) -> np.ndarray:
    """Read the part of each row of the faces table, as an index into PARTS. → int8 [faces]

    Raises:
        BadInput: the file is missing or damaged, or does not fit the faces.
    """
    table = load_table(path, {"face": np.int64, "part": str})
    parts = _checked(table, path)
    if len(parts) != len(rows):
        raise BadInput(
            f"{path} has {len(parts)} faces, but there are {len(rows)}; {how_to_restore(path)}."
        )
    # PARTS has the order of USAGES, but train and val share the first usage.
    fits = np.maximum(parts - 1, 0) == rows.usage.cat.codes
    complaint = "a face of this usage cannot be in this part"
    refuse_unless(fits, rows.index, path, complaint)
    return parts


def _checked(table: pd.DataFrame, path: Path) -> np.ndarray:
    parts = pd.Index(PARTS).get_indexer(table.part).astype(np.int8)
    for good, complaint in (
        (table.face == table.index, "the faces are not in their order"),
        (parts >= 0, f"part is none of {', '.join(PARTS)}"),
    ):
        refuse_unless(good, table.index, path, complaint)
    return parts
