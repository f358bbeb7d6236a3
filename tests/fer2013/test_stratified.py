import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from fer2013.data.stratified import choose


def test_it_chooses_the_items_that_scikit_learn_chooses(rng: np.random.Generator) -> None:
    for seed in range(300):
        classes = rng.choice(7, rng.integers(20, 800), p=rng.dirichlet([2] * 7)).astype(np.int8)
        classes[rng.random(len(classes)) < 0.1] = -1
        fraction = rng.choice([0.1, 0.25, 0.5, rng.uniform(0.05, 0.95)])
        labelled = np.flatnonzero(classes >= 0)
        try:
            _, expected = train_test_split(
                labelled, test_size=fraction, stratify=classes[labelled], random_state=seed
            )
        except ValueError:
            with pytest.raises(ValueError, match=r"only one|too few"):
                choose(classes, fraction, seed)
            continue
        assert np.flatnonzero(choose(classes, fraction, seed)).tolist() == sorted(expected)


@pytest.mark.parametrize(
    ("classes", "fraction", "message"),
    [
        ([0, 0, 0, 1], 0.5, "only one face of class Disgust"),
        ([0, 0, 1, 1, 2, 2], 0.3, "2 of 6 faces are too few"),
        ([0, 0, 1, 1, 2, 2], 0.7, "1 of 6 faces are too few"),
        ([-1, -1], 0.5, "too few"),
    ],
)
def test_too_few_items_for_both_sides_are_refused(
    classes: list[int], fraction: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        choose(np.array(classes, np.int8), fraction, 0)
