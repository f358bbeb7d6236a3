"""Damaged files in data/faces and a damaged data/split.csv: split and tensors say so in a sentence,
and leave everything as it was."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dvc.utils.hydra import apply_overrides

from fer2013.runtime.errors import BadInput
from stages import ingest, sample, split, tensors
from tests.conftest import REPOSITORY

PIXELS, ROWS, SPLIT = map(Path, ("data/faces/pixels.npy", "data/faces/rows.csv", "data/split.csv"))
LAST = 161  # line, of 150 training and 10 test rows under a header


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ingest and split have run on a small sample."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(REPOSITORY / "params.yaml", folder)
    small = ["data.folder=data/sample", "sample.rows=150", "sample.test_rows=10"]
    apply_overrides(folder / "params.yaml", small)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for stage in (sample, ingest, split):
            stage.main()
    return folder


@pytest.fixture(autouse=True)
def folder(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


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


FACES = np.zeros((LAST - 1, 48, 48), np.uint8)
BAD_PIXELS = {
    "truncated": (npy(FACES)[:-1], "is missing or damaged"),
    "a pickle": (npy(np.array([{}])), "is missing or damaged"),
    "floats": (npy(FACES.astype(np.float32)), "does not hold faces"),
    "one face less": (npy(FACES[1:]), "has 159 faces and data/faces/rows.csv has 160"),
}


@pytest.mark.parametrize(("content", "message"), BAD_PIXELS.values(), ids=BAD_PIXELS.keys())
def test_pixels_of_another_kind(content: bytes, message: str) -> None:
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


DAMAGED = " is missing or damaged"
BAD_TABLES: dict[str, tuple[Path, Edit, str]] = {
    "no rows": (ROWS, lambda lines: lines.__delitem__(slice(1, None)), " has 0"),
    "a row cut off": (ROWS, lambda lines: lines.append(lines.pop()[:-4]), DAMAGED),
    "a word": (ROWS, cell(5, 3, "Happy"), DAMAGED),
    "usage": (ROWS, cell(5, 2, "training"), ", line 5: usage is none of Training, PublicTest"),
    "empty split": (SPLIT, lambda lines: lines.clear(), DAMAGED),
    "a part less": (SPLIT, lambda lines: lines.pop(), " has 159 faces, but there are 160"),
    "two rows swapped": (SPLIT, swap_two, ", line 5: the faces are not in their order"),
    "another part": (SPLIT, cell(5, 1, "test"), ", line 5: part is none of train, val, public"),
    "test row in train": (SPLIT, cell(LAST, 1, "train"), f", line {LAST}: a face of this usage"),
}


@pytest.mark.parametrize(("path", "edit", "message"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_a_table_that_cannot_be(path: Path, edit: Edit, message: str) -> None:
    lines = path.read_text().splitlines()
    edit(lines)
    path.write_text("".join(f"{line}\n" for line in lines))
    sentence = refused(tensors.main if path == SPLIT else split.main)
    assert f"{path}{message}" in sentence
    assert sentence.endswith(f"; run dvc repro {'split' if path == SPLIT else 'ingest'}.")


def test_missing_files_are_refused() -> None:
    for path in (SPLIT, ROWS, PIXELS):
        path.unlink()
        assert f"{path} is missing or damaged" in refused(tensors.main)
