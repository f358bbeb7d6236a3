from pathlib import Path

import pandas as pd
import pytest

from fer2013.core.constants import CLASSES
from fer2013.reporting.classes import by_class
from fer2013.reporting.result_files import read_scores
from fer2013.scoring.confusion import confusion
from fer2013.scoring.predictions import read_predictions
from tests.conftest import REPOSITORY

TABLE = pd.DataFrame(
    {
        "actual": ["Fear"] * 4 + ["Happy"] * 2,
        "predicted": ["Fear", "Sad", "Sad", "Happy", "Happy", "Fear"],
    }
)


def test_rows_are_actual_classes() -> None:
    assert confusion(TABLE)[CLASSES.index("Fear")].tolist() == [0, 0, 1, 1, 2, 0, 0]


def test_a_class_has_recall_precision_and_its_most_frequent_mistake() -> None:
    table = by_class(TABLE)
    assert table.index.tolist() == ["Fear", "Happy"]
    fear = table.loc["Fear"]
    assert (fear.faces, fear.recall, fear.precision) == (4, 0.25, 0.5)
    assert fear.f1 == pytest.approx(2 * 0.25 * 0.5 / 0.75)
    assert (fear.taken_for, fear.taken_share) == ("Sad", 0.5)
    assert fear.recall_low < 0.25 < fear.recall_high


def test_f1_is_that_of_the_scores() -> None:
    table = by_class(read_predictions(REPOSITORY / "metrics/predictions/champion.csv"))
    scores = read_scores(Path(REPOSITORY / "metrics/scores/champion.json"))["val"]["f1"]
    assert table.f1.to_dict() == pytest.approx(scores, abs=1e-6)
