"""What a data set holds and what is wrong with it, in numbers."""

from typing import Any

import pandas as pd

from fer2013 import CLASSES, TRAINING, USAGES


def data_report(rows: pd.DataFrame, dropped_rows: int) -> dict[str, Any]:
    """Count rows, classes, duplicates and blanks of a faces table (see `faces.py`)."""
    training = rows[rows.usage == TRAINING]
    return {
        "rows": len(rows),
        "dropped_rows": dropped_rows,
        "usage": {usage: int((rows.usage == usage).sum()) for usage in USAGES},
        "training": {
            "per_class": _per_class(training),
            "blank": int(training.blank.sum()),
            "duplicates": _duplicates(training),
        },
        "test_rows_with_a_twin_in_training": {
            usage: int(has_twin_in_training(rows)[rows.usage == usage].sum())
            for usage in USAGES[1:]
        },
    }


def has_twin_in_training(rows: pd.DataFrame) -> pd.Series:
    """For each row: does a Training row (perhaps itself) have the same pixels? → bool [faces]"""
    return rows.same_as.isin(rows.same_as[rows.usage == TRAINING])


def conflicting(training: pd.DataFrame) -> pd.Series:
    """For each Training row: does an identical one bear another label? → bool [faces]"""
    return training.groupby("same_as").emotion.transform("nunique") > 1


def _per_class(rows: pd.DataFrame) -> dict[str, int]:
    labelled = rows[rows.emotion >= 0]
    return {name: int((labelled.emotion == code).sum()) for code, name in enumerate(CLASSES)}


def _duplicates(training: pd.DataFrame) -> dict[str, int]:
    sizes = training.groupby("same_as").size()
    conflicts = training[conflicting(training)]
    return {
        "groups": int((sizes > 1).sum()),
        "surplus_rows": int((sizes - 1).sum()),
        "groups_with_conflicting_labels": conflicts.same_as.nunique(),
        "rows_with_conflicting_labels": len(conflicts),
    }
