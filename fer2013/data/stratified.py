"""Choose a share of many things, the same of each class.

The choice is that of scikit-learn's `train_test_split(…, stratify=classes)` to the last one. That
makes lists of Python objects, some eighty bytes a thing; here it is ten, and nothing depends on
scikit-learn's version: numpy promises never to change what a RandomState draws.
"""

from math import ceil

import numpy as np


def choose(classes: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose a share of the places that have a class (0, 1, …; -1: none). int8 [N] → bool [N]

    Raises:
        ValueError: too few have a class, or one of them, for both sides to have it.
    """
    counts = np.bincount(classes[classes >= 0])
    present = np.flatnonzero(counts)
    wanted = ceil(share * counts.sum())
    _check(counts, wanted)
    rng = np.random.RandomState(seed)
    left = _apportion(counts[present], counts.sum() - wanted, rng)
    taken = _apportion(counts[present] - left, wanted, rng)
    chosen = np.zeros(len(classes), bool)
    for code, first, count in zip(present, left, taken, strict=True):
        places = np.flatnonzero(classes == code)
        chosen[places[rng.permutation(len(places))[first : first + count]]] = True
    return chosen


def _check(counts: np.ndarray, wanted: int) -> None:
    lonely = np.flatnonzero(counts == 1)
    if len(lonely):
        raise ValueError(f"class {lonely[0]} has only one member, and both sides need one")
    fewest = min(wanted, counts.sum() - wanted)
    if fewest < max(1, np.count_nonzero(counts)):
        raise ValueError(f"{fewest} of {counts.sum()} are too few to have one of each class")


def _apportion(counts: np.ndarray, draws: int, rng: np.random.RandomState) -> np.ndarray:
    """Share draws out among classes in proportion to their counts.

    What rounding down leaves goes to the largest remainders, among equal ones by lot.
    """
    exact = counts / counts.sum() * draws
    whole = np.floor(exact).astype(int)
    remainders = exact - whole
    for remainder in np.unique(remainders)[::-1]:
        missing = draws - whole.sum()
        if missing == 0:
            break
        equal = np.flatnonzero(remainders == remainder)
        whole[rng.choice(equal, size=min(len(equal), missing), replace=False)] += 1
    return whole
