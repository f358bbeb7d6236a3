"""Choose a random fraction of the items, the same fraction of each class."""

import numpy as np
from sklearn.model_selection import train_test_split

from fer2013.core.constants import CLASSES


def choose(classes: np.ndarray, fraction: float, seed: int) -> np.ndarray:
    """Choose a fraction of the items that have a class (0 to 6; -1: none). int8 [N] → bool [N]

    Raises:
        ValueError: there are too few items, or too few of a class, for one of each class to be
            chosen and another one not.
    """
    items = np.flatnonzero(classes >= 0)
    single = np.flatnonzero(np.bincount(classes[items]) == 1)
    if len(single):
        raise ValueError(
            f"there is only one face of class {CLASSES[single[0]]} (identical ones count once), "
            "but train and val need one each; add faces of this class, or remove it"
        )
    _, chosen = train_test_split(
        items, test_size=fraction, stratify=classes[items], random_state=seed
    )
    mask = np.zeros(len(classes), bool)
    mask[chosen] = True
    return mask
