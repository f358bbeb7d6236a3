"""Training rows → train and val; test rows → the part of their name."""

import pandas as pd
from sklearn.model_selection import train_test_split

from fer2013 import PARTS, TRAINING, USAGES
from fer2013.errors import BadInput

TRAIN, VAL, *TESTS = PARTS
PART_OF_USAGE = dict(zip(USAGES, [TRAIN, *TESTS], strict=True))


def split(
    rows: pd.DataFrame, val_fraction: float, keep_duplicates_together: bool, seed: int
) -> pd.Series:
    """Name a part for each row of a faces table (see `faces.py`).

    Groups of identical faces are split, stratified by class, and every row follows its group; a
    group whose labels conflict counts as its most frequent class. Without
    `keep_duplicates_together` each row is a group: the random split that is usually published,
    in which one validation face in fifteen has its exact twin in train.

    Raises:
        BadInput: a class has too few faces to be on both sides.
    """
    parts = rows.usage.astype(str).map(PART_OF_USAGE)
    training = rows[rows.usage == TRAINING]
    group = training.same_as if keep_duplicates_together else training.index.to_series()
    group_class = most_frequent(training.emotion, group)
    try:
        _, val_groups = train_test_split(
            group_class.index,
            test_size=val_fraction,
            stratify=group_class.to_numpy(),
            random_state=seed,
        )
    except ValueError as error:
        raise BadInput(f"params.yaml: split.val_fraction {val_fraction}: {error}") from None
    parts[training.index[group.isin(val_groups)]] = VAL
    return parts.rename("part")


def most_frequent(emotion: pd.Series, group: pd.Series) -> pd.Series:
    """Each group's most frequent emotion; the lowest of them if several are. → index: group"""
    counts = pd.DataFrame({"group": group, "emotion": emotion}).value_counts().reset_index()
    counts = counts.sort_values(["group", "count", "emotion"], ascending=[True, False, True])
    return counts.drop_duplicates("group").set_index("group").emotion
