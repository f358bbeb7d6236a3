"""Statistics of a data set: rows, classes, copies and blank faces."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES, TRAINING, USAGES

IDENTICAL, PHOTOGRAPH = "same_as", "photograph"  # the columns by which faces are copies


def data_report(rows: pd.DataFrame, dropped_rows: int) -> dict[str, Any]:
    """Count rows, classes, blank faces and copies of a faces table (see `faces.py`)."""
    return {
        "rows": len(rows),
        "dropped_rows": dropped_rows,
        "usage": {usage: int((rows.usage == usage).sum()) for usage in USAGES},
        "training": {
            "per_class": _per_class(rows),
            "blank": int((is_training(rows) & (rows.blank == 1)).sum()),
            "identical": groups(rows, IDENTICAL),
            "identical_or_near": groups(rows, PHOTOGRAPH),
        },
        "test_rows_with_copy_in_training": {
            "identical": _test_rows(rows, IDENTICAL),
            "identical_or_near": _test_rows(rows, PHOTOGRAPH),
        },
    }


def missing_classes(counts: Iterable[int]) -> str:
    """A sentence that names the classes without Training faces, or "". `counts` is by class."""
    missing = [name for name, count in zip(CLASSES, counts, strict=True) if not count]
    if not missing:
        return ""
    return (
        f"Training has no face of {', '.join(missing)}: no model can learn that, and macro "
        "scores are means over the classes that occur in a part."
    )


def is_training(rows: pd.DataFrame) -> np.ndarray:
    """→ bool [faces]"""
    training: np.ndarray = (rows.usage == TRAINING).to_numpy()
    return training


def in_training(rows: pd.DataFrame, column: str) -> np.ndarray:
    """For each row: is a Training row (perhaps itself) a copy of it? → bool [faces]

    `column` says which copies count: IDENTICAL pixels, or all of one PHOTOGRAPH.
    """
    result: np.ndarray = rows[column].isin(rows[column][is_training(rows)]).to_numpy()
    return result


def conflicting(rows: pd.DataFrame, column: str) -> np.ndarray:
    """For each row: is it a Training row, and has a copy there another label? → bool [faces]"""
    training = is_training(rows)
    labels = rows[training].groupby(column).emotion.nunique()
    return training & rows[column].map(labels).gt(1).to_numpy()


def with_flags(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of the parts that say which faces have copies (see `parts.py`)."""
    return rows.assign(
        identical_in_training=in_training(rows, IDENTICAL),
        copy_in_training=in_training(rows, PHOTOGRAPH),
        conflicting=conflicting(rows, IDENTICAL),
    )


def _per_class(rows: pd.DataFrame) -> dict[str, int]:
    emotion = rows.emotion.to_numpy()[is_training(rows)]
    return {name: int((emotion == code).sum()) for code, name in enumerate(CLASSES)}


def groups(rows: pd.DataFrame, column: str) -> dict[str, int]:
    """Count the groups of two and more copies in Training, and those with unlike labels."""
    sizes = rows[column][is_training(rows)].value_counts()
    conflicts = conflicting(rows, column)
    return {
        "groups": int((sizes > 1).sum()),
        "surplus_rows": int((sizes - 1).sum()),
        "groups_with_conflicting_labels": int(rows[column][conflicts].nunique()),
        "rows_with_conflicting_labels": int(conflicts.sum()),
    }


def _test_rows(rows: pd.DataFrame, column: str) -> dict[str, int]:
    copies = in_training(rows, column)
    return {usage: int(copies[rows.usage == usage].sum()) for usage in USAGES[1:]}
