"""Damaged or edited result files are read correctly or refused in one sentence."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer2013.core.config import resolve
from fer2013.core.constants import CLASSES
from fer2013.core.sections import read_yaml
from fer2013.reporting.confusion_picture import draw_confusion
from fer2013.reporting.leaderboard import as_markdown, leaderboard, leaderboard_row
from fer2013.reporting.result_files import read_epochs, read_scores
from fer2013.runtime.errors import BadInput
from fer2013.scoring.predictions import read_predictions
from tests.conftest import REPOSITORY
from tests.fer2013.reporting.test_leaderboard import scores
from tests.fer2013.test_bad_input import one_sentence, repeatable, spoilt

CONFIG = resolve(read_yaml(REPOSITORY / "params.yaml"), "vit")
PREDICTIONS = "row,actual,predicted\n0,Happy,Sad\n5,Fear,Fear\n7,Neutral,Angry\n"
EPOCHS = "epoch\tlr\ttrain_loss\n1\t0.001\t1.9\n2\t0.0005\t1.7\n"
SCORES = json.dumps(scores(0.5), indent=2)


def rank(path: Path) -> None:
    """Do with scores what compare does."""
    as_markdown(leaderboard([leaderboard_row("vit", CONFIG, read_scores(path), 2, None)]))


READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "predictions/vit.csv": (PREDICTIONS, read_predictions),
    "epochs/vit.tsv": (EPOCHS, read_epochs),
    "scores/vit.json": (SCORES, rank),
}


@pytest.fixture(params=READERS)
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[Path], Any]]:
    path = tmp_path / request.param
    text, read = READERS[request.param]
    path.parent.mkdir()
    path.write_text(text)
    return path, read


def test_undamaged_files_are_read(whole: tuple[Path, Callable[[Path], Any]]) -> None:
    path, read = whole
    read(path)


@repeatable(200)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_read_correctly_or_refused_by_name(
    whole: tuple[Path, Callable[[Path], Any]], seed: int
) -> None:
    path, read = whole
    damaged = path.with_name(f"damaged{path.suffix}")
    damaged.write_bytes(spoilt(path.read_bytes(), seed))
    with one_sentence(str(damaged)):
        read(damaged)


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00", b"\xff\xfe", b"[" * 100_000, b"7", b"{}"])
def test_a_file_that_is_not_a_result_is_refused_with_a_remedy(
    whole: tuple[Path, Callable[[Path], Any]], content: bytes
) -> None:
    path, read = whole
    path.write_bytes(content)
    with one_sentence(str(path)):
        with pytest.raises(BadInput, match="; make it again"):
            read(path)
        read(path)


def test_a_missing_file_or_a_folder_is_refused(
    whole: tuple[Path, Callable[[Path], Any]],
) -> None:
    path, read = whole
    path.unlink()
    with pytest.raises(BadInput, match="missing or damaged"):
        read(path)
    path.mkdir()
    with pytest.raises(BadInput, match="missing or damaged"):
        read(path)


def test_an_ensembles_scores_have_members_for_epochs(tmp_path: Path) -> None:
    content = scores(0.5)
    del content["epoch"], content["trained_on"]
    path = tmp_path / "ensemble.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=r"epoch: .* field required.*make it again\."):
        read_scores(path)
    path.write_text(json.dumps(content | {"members": ["vit", "resnet"]}))
    assert read_scores(path)["members"] == ["vit", "resnet"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Fear,Fear", "Fear,Joy", "line 3: predicted is 'Joy', not one of Angry"),
        ("Fear,Fear", "Fear", "line 3: predicted is '', not one of"),
        ("Happy,Sad", ",Sad", "line 2: actual is '', not one of"),
        ("predicted", "guessed", "has no column predicted"),
        ("Fear,Fear", 'Fear,"Fear', "damaged"),
        (PREDICTIONS[20:], "", "holds no row"),
    ],
)
def test_an_edited_prediction_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "vit.csv"
    path.write_text(PREDICTIONS.replace(old, new))
    with pytest.raises(BadInput, match=re.escape(message)):
        read_predictions(path)


def test_predictions_that_are_read_can_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "vit.csv").write_text(PREDICTIONS)
    table = read_predictions(tmp_path / "vit.csv")
    assert table.actual.tolist() == ["Happy", "Fear", "Neutral"]
    draw_confusion(table.actual, table.predicted, "vit", tmp_path / "vit.png")


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("val", "accuracy"), 1.5, "val.accuracy: 1.5 is wrong"),
        (("val", "accuracy"), float("nan"), "val.accuracy: nan is wrong"),
        (("val", "collapsed"), "no", "val.collapsed: 'no' is wrong"),
        (("val", "lost_classes"), [3], "val.lost_classes.0: 3 is wrong"),
        (("val",), None, "val: None is wrong"),
        (("trained_on",), 10**400, "trained_on"),
        (("epoch",), True, "epoch: True is wrong"),
        (("train",), {}, "train.accuracy: {} is wrong: field required"),
        (("members",), ["vit"], "members: ['vit'] is wrong"),
        (("members",), "vit", "members: 'vit' is wrong"),
    ],
)
def test_an_edited_score_is_named(
    tmp_path: Path, keys: tuple[str, ...], value: Any, message: str
) -> None:
    content = scores(0.5)
    section = content
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    (tmp_path / "vit.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match=re.escape(message)):
        read_scores(tmp_path / "vit.json")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2\t0.0005", "3\t0.0005", "the epochs are not 1, 2, 3"),
        ("1.9", "", "holds a value that is not a finite number"),
        ("1.9", "high", "could not convert string to float: 'high'"),
        (EPOCHS[20:], "\n", "the epochs are not 1, 2, 3"),
        ("epoch", "step", "damaged ('epoch')"),
    ],
)
def test_an_edited_history_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "vit.tsv").write_text(EPOCHS.replace(old, new))
    with pytest.raises(BadInput, match=re.escape(message)):
        read_epochs(tmp_path / "vit.tsv")


@pytest.mark.parametrize("model", ["vit", "vit_published"])
def test_the_committed_results_are_read(model: str) -> None:
    predictions = REPOSITORY / f"metrics/predictions/{model}.csv"
    if not predictions.exists():
        pytest.skip("this working tree has no results")
    assert set(read_predictions(predictions).actual) == set(CLASSES)
    assert len(read_epochs(REPOSITORY / f"metrics/epochs/{model}.tsv")) > 40
    assert read_scores(REPOSITORY / f"metrics/scores/{model}.json")["val"]["faces"] == len(
        pd.read_csv(predictions)
    )
