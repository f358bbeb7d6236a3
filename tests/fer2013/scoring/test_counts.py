import pandas as pd
import pytest

from fer2013.core.constants import CLASSES
from fer2013.scoring.counts import by_class, confusion, wilson_interval
from fer2013.scoring.result_files import read_predictions, read_scores
from tests.conftest import REPOSITORY

TABLE = pd.DataFrame(
    {
        "actual": ["Fear"] * 4 + ["Happy"] * 2,
        "predicted": ["Fear", "Sad", "Sad", "Happy", "Happy", "Fear"],
    }
)


def test_interval_is_wilsons() -> None:
    n, p, z = 100, 0.64, 1.959964
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert wilson_interval(64, 100) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_a_class_has_recall_precision_and_its_most_frequent_mistake() -> None:
    assert confusion(TABLE)[CLASSES.index("Fear")].tolist() == [0, 0, 1, 1, 2, 0, 0]
    table = by_class(TABLE)
    assert table.index.tolist() == ["Fear", "Happy"]
    fear = table.loc["Fear"]
    assert (fear.faces, fear.recall, fear.precision) == (4, 0.25, 0.5)
    assert (fear.taken_for, fear.taken_share) == ("Sad", 0.5)
    assert fear.recall_low < 0.25 < fear.recall_high


def test_f1_is_that_of_the_scores() -> None:
    table = by_class(read_predictions(REPOSITORY / "metrics/predictions/champion.csv"))
    scores = read_scores(REPOSITORY / "metrics/scores/champion.json")["val"]["f1"]
    assert table.f1.to_dict() == pytest.approx(scores, abs=1e-6)
