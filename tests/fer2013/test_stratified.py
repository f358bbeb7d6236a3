import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from fer2013.data.stratified import choose


def test_items_without_a_class_are_never_chosen(rng: np.random.Generator) -> None:
    classes = rng.integers(-1, 7, 800).astype(np.int8)
    labelled = np.flatnonzero(classes >= 0)
    _, expected = train_test_split(
        labelled, test_size=0.1, stratify=classes[labelled], random_state=5
    )
    assert np.flatnonzero(choose(classes, 0.1, 5)).tolist() == sorted(expected)


@pytest.mark.parametrize(
    ("classes", "fraction", "message"),
    [
        ([0, 0, 0, 1], 0.5, "only one face of class Disgust"),
        ([0, 0, 1, 1, 2, 2], 0.3, "number of classes = 3"),
        ([0, 0, 1, 1, 2, 2], 0.7, "number of classes = 3"),
        ([-1, -1], 0.5, "n_samples=0"),
    ],
)
def test_too_few_items_for_both_sides_are_refused(
    classes: list[int], fraction: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        choose(np.array(classes, np.int8), fraction, 0)
