"""Precision and recall weigh what was judged by what it stands for."""

import numpy as np
import pandas as pd

from benchmarks.copies import VERDICTS, precision_and_recall, table
from tests.conftest import REPOSITORY


def test_precision_and_recall_by_hand() -> None:
    counts = pd.Series({("high", True): 90, ("low", True): 10, ("low", False): 100})
    judged = {
        ("high", True): np.array([1.0, 1, 1]),
        ("low", True): np.array([1.0, 0]),
        ("low", False): np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    }
    precision, recall = precision_and_recall(counts, judged)
    assert precision == 0.95  # 90 + 5 of 100
    assert recall == 95 / 105
    assert "| low | no | 100 | 10 | 1 |" in table(counts, judged)


def test_at_least_300_pairs_are_judged_and_no_pixels_are_kept() -> None:
    verdicts = pd.read_csv(REPOSITORY / VERDICTS)
    assert verdicts.columns.tolist() == ["first", "second", "chosen_by", "same"]
    assert verdicts.chosen_by.value_counts()["similarity"] >= 300
    assert (verdicts["first"] < verdicts["second"]).all()
    assert not verdicts.duplicated(["first", "second"]).any()
