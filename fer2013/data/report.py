"""Statistics of a data set: rows, classes, duplicates and blank faces."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES, TRAINING, USAGES


def data_report(rows: pd.DataFrame, dropped_rows: int) -> dict[str, Any]:
    """Count rows, classes, duplicates and blanks of a faces table (see `faces.py`)."""
    twins = has_twin_in_training(rows)
    return {
        "rows": len(rows),
        "dropped_rows": dropped_rows,
        "usage": {usage: int((rows.usage == usage).sum()) for usage in USAGES},
        "training": {
            "per_class": _per_class(rows),
            "blank": int((is_training(rows) & (rows.blank == 1)).sum()),
            "duplicates": _duplicates(rows),
        },
        "test_rows_with_a_twin_in_training": {
            usage: int(twins[rows.usage == usage].sum()) for usage in USAGES[1:]
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


def has_twin_in_training(rows: pd.DataFrame) -> np.ndarray:
    """For each row: does a Training row (perhaps itself) have the same pixels? → bool [faces]"""
    same_as = rows.same_as.to_numpy()
    in_training = np.zeros(len(rows), bool)
    in_training[same_as[is_training(rows)]] = True
    return in_training[same_as]


def conflicting(rows: pd.DataFrame) -> np.ndarray:
    """For each row: is it a Training row, and has an identical one another label? → bool [faces]"""
    training, same_as = is_training(rows), rows.same_as.to_numpy()
    group, emotion = same_as[training], rows.emotion.to_numpy()[training]
    lowest, highest = np.full((2, len(rows)), [[len(CLASSES)], [-1]], np.int8)
    np.minimum.at(lowest, group, emotion)
    np.maximum.at(highest, group, emotion)
    return training & (lowest < highest)[same_as]


def with_flags(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns has_twin and conflicting to a faces table."""
    return rows.assign(has_twin=has_twin_in_training(rows), conflicting=conflicting(rows))


def _per_class(rows: pd.DataFrame) -> dict[str, int]:
    emotion = rows.emotion.to_numpy()[is_training(rows)]
    return {name: int((emotion == code).sum()) for code, name in enumerate(CLASSES)}


def _duplicates(rows: pd.DataFrame) -> dict[str, int]:
    same_as, conflicts = rows.same_as.to_numpy(), conflicting(rows)
    sizes = np.bincount(same_as[is_training(rows)])
    return {
        "groups": int((sizes > 1).sum()),
        "surplus_rows": int(sizes.sum() - np.count_nonzero(sizes)),
        "groups_with_conflicting_labels": len(np.unique(same_as[conflicts])),
        "rows_with_conflicting_labels": int(conflicts.sum()),
    }
