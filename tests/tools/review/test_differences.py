import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import binomtest

from fer2013.core import metrics as trained_with
from fer2013.core.constants import CLASSES
from tools.review.differences import (
    BETTER,
    NOISE,
    WORSE,
    Difference,
    compare,
    correct_for_many,
    exact_p,
    macro_f1,
)


def predictions(actual: np.ndarray, predicted: np.ndarray, first_row: int = 0) -> pd.DataFrame:
    names = np.array(CLASSES)
    rows = np.arange(first_row, first_row + len(actual))
    return pd.DataFrame({"row": rows, "actual": names[actual], "predicted": names[predicted]})


@pytest.fixture
def actual(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 7, 500)


def test_macro_f1_is_that_of_the_scores(rng: np.random.Generator) -> None:
    """Also where a class is never predicted, or occurs nowhere."""
    for labels, guesses in ((7, 7), (7, 5), (5, 5), (5, 7)):
        actual, predicted = rng.integers(0, labels, 200), rng.integers(0, guesses, 200)
        matrix = np.zeros((7, 7), dtype=int)
        np.add.at(matrix, (actual, predicted), 1)
        expected = trained_with.macro_f1(torch.tensor(predicted), torch.tensor(actual))
        assert macro_f1(matrix[None])[0] == pytest.approx(expected, abs=1e-6)


def test_mcnemar_is_the_binomial_test_of_the_changed_faces() -> None:
    assert exact_p(175, 129) == pytest.approx(binomtest(129, 304).pvalue)
    assert exact_p(0, 0) == 1.0


def test_each_face_is_compared_with_itself(actual: np.ndarray) -> None:
    """Rows in another order, or with another first row, are the same faces still."""
    before, after = actual.copy(), actual.copy()
    before[:3] = (actual[:3] + 1) % 7
    after[[10, 20]] = (actual[[10, 20]] + 1) % 7
    shuffled = predictions(actual, after).sample(frac=1, random_state=0)
    found = compare(predictions(actual, before), shuffled)
    assert found is not None
    assert (found.fixed, found.broken) == ([0, 1, 2], [10, 20])
    assert found.accuracy.change == pytest.approx(1 / 500)


def test_only_common_faces_with_the_same_label_count(actual: np.ndarray) -> None:
    before = predictions(actual, actual)
    after = predictions(actual, actual, first_row=100).assign(actual=before.actual.to_numpy())
    found = compare(before, after)
    assert found is not None
    assert found.rows == (actual[100:] == actual[:400]).sum() < 400
    assert compare(before, predictions(actual, actual, first_row=500)) is None


def test_the_interval_is_that_of_the_paired_difference(actual: np.ndarray) -> None:
    """Held against the known standard error of a paired difference of shares."""
    before, after = actual.copy(), actual.copy()
    before[:40] = (actual[:40] + 1) % 7
    after[40:60] = (actual[40:60] + 1) % 7
    found = compare(predictions(actual, before), predictions(actual, after))
    assert found is not None
    change, n = 20 / 500, 500
    error = np.sqrt((60 / n - change**2) / n)
    assert found.accuracy.low == pytest.approx(change - 1.96 * error, abs=0.003)
    assert found.accuracy.high == pytest.approx(change + 1.96 * error, abs=0.003)


def test_losing_a_rare_class_is_worse_although_accuracy_is_within_noise(actual: np.ndarray) -> None:
    """Accuracy hardly sees Disgust, which is why macro-F1 is tested too."""
    actual = np.where(actual == 1, 0, actual)
    actual[:12] = 1
    after = actual.copy()
    after[:8] = 0
    before = actual.copy()
    before[200:203] = (actual[200:203] + 1) % 7
    found = compare(predictions(actual, before), predictions(actual, after))
    assert found is not None
    for difference in (found.accuracy, found.macro_f1):
        correct_for_many([difference])
    assert found.accuracy.verdict == NOISE
    assert found.macro_f1.verdict == WORSE


def test_many_changed_models_need_stronger_evidence() -> None:
    alone = Difference(before=0.5, after=0.52, low=0.001, high=0.04, p=0.03)
    correct_for_many([alone])
    assert alone.verdict == BETTER
    among = [Difference(0.5, 0.52, 0.001, 0.04, p) for p in (0.03, 0.5, 0.9)]
    correct_for_many(among)
    assert [difference.corrected for difference in among] == pytest.approx([0.09, 1.0, 1.0])
    assert among[0].verdict == NOISE
