"""Damaged or foreign files in data/faces and a damaged data/split.csv: split and tensors say so in
one sentence and leave everything as it was."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer2013.data.faces import read_faces
from fer2013.data.report import with_flags
from fer2013.data.splitting import read_split
from fer2013.data.splitting import split as split_rows
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from stages import ingest, sample, split, tensors
from tests.conftest import REPOSITORY
from tests.fer2013.test_bad_input import SEEDS, repeatable, spoilt

PIXELS, ROWS, SPLIT = (
    Path("data/faces/pixels.npy"),
    Path("data/faces/rows.csv"),
    Path("data/split.csv"),
)
TRAIN_ROWS, TEST_ROWS = 150, 10


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
    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(main)
    after = {path: path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}
    assert after == before
    sentence = exit_.value.code
    assert isinstance(sentence, str)
    assert sentence.isprintable()
    return sentence


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


FACES = np.zeros((TRAIN_ROWS + TEST_ROWS, 48, 48), np.uint8)
NO_PIXELS = {
    "truncated": (npy(FACES)[:-1], "is missing or damaged"),
    "cut off in its header": (npy(FACES)[:50], "is missing or damaged"),
    "empty": (b"", "is missing or damaged"),
    "text": (b"not an array", "is missing or damaged"),
    "a pickle": (npy(np.array([{}])), "is missing or damaged"),
    "floats": (npy(FACES.astype(np.float32)), "does not hold faces"),
    "larger faces": (npy(np.zeros((160, 64, 64), np.uint8)), "does not hold faces"),
    "columns first": (npy(np.asfortranarray(FACES)), "does not hold faces"),
    "one number": (npy(np.uint8(7)), "does not hold faces"),
    "one face less": (npy(FACES[1:]), "has 159 faces and data/faces/rows.csv has 160"),
}


@pytest.mark.parametrize("stage", [split, tensors], ids=["split", "tensors"])
@pytest.mark.parametrize(("content", "message"), NO_PIXELS.values(), ids=NO_PIXELS.keys())
def test_pixels_of_another_kind(
    folder: Path, content: bytes, message: str, stage: ModuleType
) -> None:
    PIXELS.write_bytes(content)
    sentence = refused(stage.main)
    assert sentence.startswith(f"error: {PIXELS} {message}")
    assert sentence.endswith("; run dvc repro ingest.")


Edit = Callable[[list[str]], object]  # of a table's lines, in place


def cell(line: int, column: int, value: str) -> Edit:
    """Put a value there; lines count from 1, as editors do."""

    def edit(lines: list[str]) -> None:
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)

    return edit


def edit_table(path: Path, edit: Edit) -> None:
    lines = path.read_text().splitlines()
    edit(lines)
    path.write_text("".join(f"{line}\n" for line in lines))


FILE, ROW, USAGE, EMOTION, SAME_AS, BLANK = range(6)
LAST = 1 + TRAIN_ROWS + TEST_ROWS  # line
BAD_ROWS = {
    "no file": (None, " is missing or damaged"),
    "empty": (lambda lines: lines.clear(), " is missing or damaged"),
    "only a header": (lambda lines: lines.__delitem__(slice(1, None)), " has 0"),
    "a row less": (lambda lines: lines.pop(), " has 159"),
    "a row cut off": (lambda lines: lines.append(lines.pop()[:-4]), " is missing or damaged"),
    "no column blank": (cell(1, BLANK, "white"), " is missing or damaged"),
    "a word": (cell(5, EMOTION, "Happy"), " is missing or damaged"),
    "half a label": (cell(5, EMOTION, "2.5"), " is missing or damaged"),
    "no label": (cell(5, EMOTION, ""), " is missing or damaged"),
    "a number beyond 64 bits": (cell(5, ROW, "9" * 30), " is missing or damaged"),
    "a quote": (cell(5, FILE, '"train.csv'), " is missing or damaged"),
    "usage": (cell(5, USAGE, "training"), ", line 5: usage is none of Training, PublicTest"),
    "no usage": (cell(5, USAGE, ""), ", line 5: usage is none"),
    "label 7": (cell(5, EMOTION, "7"), ", line 5: emotion does not fit the usage"),
    "label 259": (cell(5, EMOTION, "259"), ", line 5: emotion does not fit"),  # 3 in eight bits
    "unlabelled training row": (cell(5, EMOTION, "-1"), ", line 5: emotion does not fit"),
    "labelled test row": (cell(LAST, EMOTION, "3"), f", line {LAST}: emotion does not fit"),
    "row before the first": (cell(5, ROW, "-1"), ", line 5: row is not a row number"),
    "row 2**32 + 3": (cell(5, ROW, str(2**32 + 3)), ", line 5: row is not a row number"),
    "same as a later face": (cell(5, SAME_AS, "4"), ", line 5: same_as is neither"),
    "same as no face": (cell(5, SAME_AS, "-1"), ", line 5: same_as is neither"),
    "blank 2": (cell(5, BLANK, "2"), ", line 5: blank is neither 0 nor 1"),
}


@pytest.mark.parametrize("stage", [split, tensors], ids=["split", "tensors"])
@pytest.mark.parametrize(("edit", "message"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_table_of_faces_that_cannot_be(
    folder: Path, edit: Edit | None, message: str, stage: ModuleType
) -> None:
    if edit is None:
        ROWS.unlink()
    else:
        edit_table(ROWS, edit)
    sentence = refused(stage.main)
    assert f"{ROWS}{message}" in sentence
    assert sentence.endswith("; run dvc repro ingest.")


def test_a_face_that_is_the_same_as_a_copy_is_refused(folder: Path) -> None:
    rows = [line.split(",") for line in ROWS.read_text().splitlines()[1:]]
    copy = next(face for face, row in enumerate(rows) if int(row[SAME_AS]) < face)
    edit_table(ROWS, cell(LAST, SAME_AS, str(copy)))
    assert f"{ROWS}, line {LAST}: same_as is not the first of the identical faces" in refused(
        split.main
    )


def swap_two(lines: list[str]) -> None:
    lines[4], lines[5] = lines[5], lines[4]


BAD_SPLITS = {
    "no file": (None, " is missing or damaged"),
    "empty": (lambda lines: lines.clear(), " is missing or damaged"),
    "only a header": (lambda lines: lines.__delitem__(slice(1, None)), " has 0 faces"),
    "a row less": (lambda lines: lines.pop(), " has 159 faces, but there are 160"),
    "a row more": (lambda lines: lines.append("160,unlabelled"), " has 161 faces"),
    "a row cut off": (lambda lines: lines.append(lines.pop()[:-4]), f", line {LAST}: part is none"),
    "two rows swapped": (swap_two, ", line 5: the faces are not in their order"),
    "no column part": (cell(1, 1, "usage"), " is missing or damaged"),
    "a word": (cell(5, 0, "three"), " is missing or damaged"),
    "another part": (cell(5, 1, "test"), ", line 5: part is none of train, val, public_test"),
    "no part": (cell(5, 1, ""), ", line 5: part is none of train"),
    "test row in train": (cell(LAST, 1, "train"), f", line {LAST}: a face of this usage cannot be"),
    "test row in another": (cell(LAST, 1, "public_test"), f", line {LAST}: a face of this usage"),
    "training row unlabelled": (cell(5, 1, "unlabelled"), ", line 5: a face of this usage"),
}


@pytest.mark.parametrize(("edit", "message"), BAD_SPLITS.values(), ids=BAD_SPLITS.keys())
def test_a_split_that_cannot_be(folder: Path, edit: Edit | None, message: str) -> None:
    if edit is None:
        SPLIT.unlink()
    else:
        edit_table(SPLIT, edit)
    sentence = refused(tensors.main)
    assert sentence.startswith(f"error: {SPLIT}{message}")
    assert sentence.endswith("; run dvc repro split.")


def test_folders_instead_of_files_are_refused(folder: Path) -> None:
    for path in (SPLIT, ROWS, PIXELS):
        path.unlink()
        path.mkdir()
        assert f"{path} is missing or damaged" in refused(tensors.main)


@repeatable(150)
@given(seed=SEEDS, path=st.sampled_from([PIXELS, ROWS, SPLIT]))
def test_spoilt_bytes_are_refused_or_still_faces(whole: Path, seed: int, path: Path) -> None:
    content = (whole / path).read_bytes()
    try:
        (whole / path).write_bytes(spoilt(content, seed))
        pixels, rows = read_faces(whole / "data/faces")
        parts = read_split(whole / SPLIT, rows)
    except BadInput as error:
        assert str(error).isprintable()
        assert path.name in str(error)
    else:
        assert pixels.shape == FACES.shape
        assert len(rows) == len(parts) == len(pixels)
        split_rows(rows, 0.2, keep_duplicates_together=True, seed=0)
        with_flags(rows)
    finally:
        (whole / path).write_bytes(content)
