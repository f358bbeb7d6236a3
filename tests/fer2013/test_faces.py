from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer2013.core.constants import USAGES
from fer2013.data.copies import near_copies
from fer2013.data.csv_sources import find_sources
from fer2013.data.faces import read_pixels, read_rows_table, write_faces
from fer2013.data.report import IDENTICAL, conflicting, data_report, in_training
from fer2013.data.splitting import Split, split


def line(label: int, face: np.ndarray) -> str:
    return f"{label},{' '.join(map(str, face.ravel()))}\n"


def test_faces_copies_and_blanks(tmp_path: Path, rng: np.random.Generator) -> None:
    a, b, c, d = rng.integers(0, 256, (4, 48, 48), dtype=np.uint8)
    black = np.zeros((48, 48), np.uint8)
    train = [(3, a), (0, b), (3, a), (4, b), (1, black), (2, c), (3, a)]
    test = [b, d, c]
    text = "emotion,pixels\n" + "".join(line(*row) for row in train)
    (tmp_path / "train.csv").write_text(text)
    (tmp_path / "test.csv").write_text("pixels\n" + "".join(line(0, face)[2:] for face in test))

    bad_rows = write_faces(tmp_path / "faces", find_sources(tmp_path))
    pixels, rows = read_pixels(tmp_path / "faces"), read_rows_table(tmp_path / "faces")

    assert np.array_equal(pixels, np.stack([face for _, face in train] + test))
    assert rows.emotion.tolist() == [3, 0, 3, 4, 1, 2, 3, -1, -1, -1]
    assert rows.row.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]
    files = pd.read_csv(tmp_path / "faces/rows.csv").file
    assert files.tolist() == ["train.csv"] * 7 + ["test.csv"] * 3
    assert rows.same_as.tolist() == [0, 1, 0, 1, 4, 5, 0, 1, 8, 5]
    assert rows.blank.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]

    report = data_report(rows, bad_rows.count)
    assert report["rows"] == 10
    assert report["training"]["blank"] == 1
    assert report["training"]["identical"] == {
        "groups": 2,
        "surplus_rows": 3,
        "groups_with_conflicting_labels": 1,
        "rows_with_conflicting_labels": 2,
    }
    assert report["test_rows_with_copy_in_training"]["identical"]["Unlabelled"] == 2
    assert report["training"]["per_class"]["Happy"] == 3


def test_copies_and_conflicts_agree_with_a_slow_search(rng: np.random.Generator) -> None:
    same_as = np.minimum(rng.integers(0, 40, 200), np.arange(200))
    usage, emotion = rng.choice(USAGES, 200), rng.integers(0, 3, 200)
    rows = pd.DataFrame({"usage": usage, "emotion": emotion, "same_as": same_as})
    training = [
        {emotion[i] for i in range(200) if usage[i] == "Training" and same_as[i] == same_as[face]}
        for face in range(200)
    ]
    assert in_training(rows, IDENTICAL).tolist() == [len(labels) > 0 for labels in training]
    assert conflicting(rows, IDENTICAL).tolist() == [
        usage[face] == "Training" and len(labels) > 1 for face, labels in enumerate(training)
    ]


@pytest.mark.long
def test_real_data_has_the_known_flaws(real_csv: Path, tmp_path: Path) -> None:
    write_faces(tmp_path / "faces", find_sources(real_csv))
    rows = read_rows_table(tmp_path / "faces")
    report = data_report(rows, 0)
    assert report["usage"]["Training"] == 28709
    assert report["usage"]["Unlabelled"] == 7178
    assert report["training"]["per_class"]["Disgust"] == 436
    assert report["training"]["blank"] == 11
    assert report["training"]["identical"] == {
        "groups": 1035,
        "surplus_rows": 1236,
        "groups_with_conflicting_labels": 39,
        "rows_with_conflicting_labels": 107,
    }
    assert report["test_rows_with_copy_in_training"]["identical"]["Unlabelled"] == 280 + 288
    assert report["training"]["identical_or_near"]["surplus_rows"] == pytest.approx(4686, abs=9)

    distinct = np.flatnonzero(~rows.same_as.duplicated())  # those that ingest compares
    pairs, _ = near_copies(read_pixels(tmp_path / "faces")[distinct])
    part = split(rows, Split(val_fraction=0.1, keep_together="near", seed=0)).to_numpy()[distinct]
    assert len(pairs.first) > 5000
    crossing = (part[pairs.first] == "train") & (part[pairs.second] == "val")
    assert not (crossing | (part[pairs.second] == "train") & (part[pairs.first] == "val")).any()
