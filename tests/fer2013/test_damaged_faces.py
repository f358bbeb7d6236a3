"""Damaged files in data/faces and a damaged data/split.csv: split and tensors say so in a sentence,
and leave everything as it was."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer2013.runtime.errors import BadInput
from stages import ingest, sample, split, tensors
from tests.conftest import REPOSITORY

PIXELS, ROWS, SPLIT = (
    Path("data/faces/pixels.npy"),
    Path("data/faces/rows.csv"),
    Path("data/split.csv"),
)
TRAIN_ROWS, TEST_ROWS = 150, 10
LAST = 1 + TRAIN_ROWS + TEST_ROWS  # line


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ingest and split have run on a small sample."""
    folder = tmp_path_factory.mktemp("whole")
    params = (REPOSITORY / "params.yaml").read_text()
    for old, new in (
        ("folder: data/raw", "folder: data/sample"),
        ("rows: 2100", f"rows: {TRAIN_ROWS}"),
        ("test_rows: 300", f"test_rows: {TEST_ROWS}"),
    ):
        assert params.count(old) == 1
        params = params.replace(old, new)
    (folder / "params.yaml").write_text(params)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for stage in (sample, ingest, split):
            stage.main()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(main: Callable[[], None]) -> str:
    """The one sentence in which a stage ends; nothing has changed in data."""
    before = {path: path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}
    with pytest.raises(BadInput) as refusal:
        main()
    after = {path: path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}
    assert after == before
    assert str(refusal.value).isprintable()
    return str(refusal.value)


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


FACES = np.zeros((TRAIN_ROWS + TEST_ROWS, 48, 48), np.uint8)
BAD_PIXELS = {
    "truncated": (npy(FACES)[:-1], "is missing or damaged"),
    "empty": (b"", "is missing or damaged"),
    "a pickle": (npy(np.array([{}])), "is missing or damaged"),
    "floats": (npy(FACES.astype(np.float32)), "does not hold faces"),
    "larger faces": (npy(np.zeros((160, 64, 64), np.uint8)), "does not hold faces"),
    "one face less": (npy(FACES[1:]), "has 159 faces and data/faces/rows.csv has 160"),
}


@pytest.mark.parametrize(("content", "message"), BAD_PIXELS.values(), ids=BAD_PIXELS.keys())
def test_pixels_of_another_kind(folder: Path, content: bytes, message: str) -> None:
    PIXELS.write_bytes(content)
    sentence = refused(split.main)
    assert sentence.startswith(f"{PIXELS} {message}")
    assert sentence.endswith("; run dvc repro ingest.")


Edit = Callable[[list[str]], object]  # of a table's lines, in place


def cell(line: int, column: int, value: str) -> Edit:
    """Put a value there; lines count from 1, as editors do."""

    def edit(lines: list[str]) -> None:
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)

    return edit


def swap_two(lines: list[str]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def edit_table(path: Path, edit: Edit) -> None:
    lines = path.read_text().splitlines()
    edit(lines)
    path.write_text("".join(f"{line}\n" for line in lines))


USAGE, EMOTION = 2, 3
BAD_ROWS: dict[str, tuple[Edit, str]] = {
    "empty": (lambda lines: lines.clear(), " is missing or damaged"),
    "only a header": (lambda lines: lines.__delitem__(slice(1, None)), " has 0"),
    "a row less": (lambda lines: lines.pop(), " has 159"),
    "a row cut off": (lambda lines: lines.append(lines.pop()[:-4]), " is missing or damaged"),
    "a word": (cell(5, EMOTION, "Happy"), " is missing or damaged"),
    "usage": (cell(5, USAGE, "training"), ", line 5: usage is none of Training, PublicTest"),
}


@pytest.mark.parametrize(("edit", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_table_of_faces_that_cannot_be(folder: Path, edit: Edit, message: str) -> None:
    edit_table(ROWS, edit)
    sentence = refused(split.main)
    assert f"{ROWS}{message}" in sentence
    assert sentence.endswith("; run dvc repro ingest.")


BAD_SPLITS: dict[str, tuple[Edit, str]] = {
    "empty": (lambda lines: lines.clear(), " is missing or damaged"),
    "a row less": (lambda lines: lines.pop(), " has 159 faces, but there are 160"),
    "a row cut off": (lambda lines: lines.append(lines.pop()[:-4]), f", line {LAST}: part is none"),
    "two rows swapped": (swap_two, ", line 5: the faces are not in their order"),
    "another part": (cell(5, 1, "test"), ", line 5: part is none of train, val, public_test"),
    "test row in train": (cell(LAST, 1, "train"), f", line {LAST}: a face of this usage cannot be"),
}


@pytest.mark.parametrize(("edit", "message"), BAD_SPLITS.values(), ids=BAD_SPLITS.keys())
def test_a_split_that_cannot_be(folder: Path, edit: Edit, message: str) -> None:
    edit_table(SPLIT, edit)
    sentence = refused(tensors.main)
    assert sentence.startswith(f"{SPLIT}{message}")
    assert sentence.endswith("; run dvc repro split.")


def test_missing_files_are_refused(folder: Path) -> None:
    for path in (SPLIT, ROWS, PIXELS):
        path.unlink()
        assert f"{path} is missing or damaged" in refused(tensors.main)
