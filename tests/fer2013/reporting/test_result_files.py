"""Damaged or edited result files are read correctly or refused in one sentence."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer2013.runtime.errors import BadInput
from fer2013.scoring.result_files import read_epochs, read_predictions, read_scores
from tests.fer2013.reporting.test_leaderboard import ranked, scores
from tests.fer2013.test_bad_input import one_sentence, repeatable, spoilt

PREDICTIONS = "row,actual,predicted\n0,Happy,Sad\n5,Fear,Fear\n7,Neutral,Angry\n"
EPOCHS = "epoch\tlr\ttrain_loss\n1\t0.001\t1.9\n2\t0.0005\t1.7\n"
SCORES = json.dumps(scores(0.5), indent=2)
READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "predictions/vit.csv": (PREDICTIONS, read_predictions),
    "epochs/vit.tsv": (EPOCHS, read_epochs),
    "scores/vit.json": (SCORES, lambda path: ranked({"vit": read_scores(path)})),
}


@pytest.fixture(params=READERS)
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Callable[[Path], Any]]:
    path = tmp_path / request.param
    text, read = READERS[request.param]
    path.parent.mkdir()
    path.write_text(text)
    return path, read


@repeatable(100)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_read_correctly_or_refused_by_name(
    whole: tuple[Path, Callable[[Path], Any]], seed: int
) -> None:
    path, read = whole
    read(path)
    damaged = path.with_name(f"damaged{path.suffix}")
    damaged.write_bytes(spoilt(path.read_bytes(), seed))
    with one_sentence(str(damaged)):
        read(damaged)


@pytest.mark.parametrize("content", [None, b"", b"\x00", b"\xff\xfe", b"[" * 100_000, b"7", b"{}"])
def test_a_file_that_is_not_a_result_is_refused_with_a_remedy(
    whole: tuple[Path, Callable[[Path], Any]], content: bytes | None
) -> None:
    path, read = whole
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(str(path)) + ".*; make it again"):
        read(path)


def test_an_ensembles_scores_have_members_for_epochs(tmp_path: Path) -> None:
    path = tmp_path / "ensemble.json"
    content = scores(0.5, ["vit", "resnet"])
    path.write_text(json.dumps(content))
    assert read_scores(path)["members"] == ["vit", "resnet"]
    del content["members"]
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match=r"epoch: .* field required.*make it again\."):
        read_scores(path)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("predictions/vit.csv", "Fear,Fear", "Fear,Joy", "line 3: predicted is 'Joy', not one of"),
        ("predictions/vit.csv", "Happy,Sad", ",Sad", "line 2: actual is '', not one of"),
        ("predictions/vit.csv", "predicted", "guessed", "has no column predicted"),
        ("predictions/vit.csv", PREDICTIONS[20:], "", "holds no row"),
        ("epochs/vit.tsv", "2\t0.0005", "3\t0.0005", "the epochs are not 1, 2, 3"),
        ("epochs/vit.tsv", "1.9", "", "holds a value that is not a finite number"),
        ("epochs/vit.tsv", "1.9", "high", "could not convert string to float: 'high'"),
        ("epochs/vit.tsv", "epoch", "step", "damaged ('epoch')"),
        ("scores/vit.json", '"accuracy": 0.5', '"accuracy": 1.5', "val.accuracy: 1.5 is wrong"),
        ("scores/vit.json", '"loss": 1.2', '"loss": NaN', "val.loss: nan is wrong"),
        ("scores/vit.json", "false", '"no"', "val.collapsed: 'no' is wrong"),
        ("scores/vit.json", '"epoch": 3', '"epoch": true', "epoch: True is wrong"),
        ("scores/vit.json", '"epoch": 3', '"members": "vit"', "members: 'vit' is wrong"),
    ],
)
def test_an_edited_value_is_named(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    text, read = READERS[name]
    path = tmp_path / Path(name).name
    path.write_text(text.replace(old, new))
    with pytest.raises(BadInput, match=re.escape(message)):
        read(path)
