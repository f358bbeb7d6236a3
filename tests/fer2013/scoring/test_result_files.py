"""Damaged result files are refused in one sentence."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from fer2013.scoring.result_files import read_epochs, read_predictions, read_scores

PREDICTIONS = "row,actual,predicted\n0,Happy,Sad\n5,Fear,Fear\n"
EPOCHS = "epoch\tlr\ttrain_loss\n1\t0.001\t1.9\n2\t0.0005\t1.7\n"
SCORES = '{"train": {}, "val": {}}'
READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "predictions/vit.csv": (PREDICTIONS, read_predictions),
    "epochs/vit.tsv": (EPOCHS, read_epochs),
    "scores/vit.json": (SCORES, read_scores),
}


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[" * 100_000, b"7", b"<<<<<<< HEAD"])
@pytest.mark.parametrize("name", READERS)
def test_a_file_that_is_not_a_result_is_refused_with_advice(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / Path(name).name
    text, read = READERS[name]
    path.write_text(text)
    read(path)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(str(path)) + " is missing or damaged .*; make it"):
        read(path)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("predictions/vit.csv", "Fear,Fear", "Fear,Joy", "line 3 does not name two"),
        ("predictions/vit.csv", "predicted", "guessed", "predicted"),
        ("predictions/vit.csv", PREDICTIONS[20:], "", "line 2 does not name two"),
        ("epochs/vit.tsv", "1.9", "", "a number is missing"),
        ("epochs/vit.tsv", "1.9", "high", "could not convert string to float: 'high'"),
        ("scores/vit.json", "val", "value", "no scores of train and val"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    text, read = READERS[name]
    path = tmp_path / Path(name).name
    path.write_text(text.replace(old, new))
    with pytest.raises(BadInput, match=message):
        read(path)
