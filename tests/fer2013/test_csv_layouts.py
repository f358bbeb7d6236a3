"""CSV files of FER2013: which of a folder are read, their columns, and their rows."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from fer2013.core.constants import PRIVATE_TEST, PUBLIC_TEST, TRAINING, UNLABELLED
from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import parse_pixels
from fer2013.data.csv_sources import find_sources
from fer2013.runtime.errors import BadInput

PIXELS = " ".join(["7"] * 2304)
HEADER, GOOD = "emotion,pixels,Usage", f"3,{PIXELS},Training"


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def read(folder: Path) -> tuple[list[tuple[str, int, str, int]], BadRows]:
    """Every good row as (file, row, usage, emotion), and the bad rows."""
    bad_rows, rows = BadRows(), []
    for source in find_sources(folder):
        for row in bad_rows.good_rows(source):
            assert np.all(row.pixels == 7)
            rows.append((source.path.name, row.number, row.usage, row.emotion))
    return rows, bad_rows


# Which files are read


def test_all_rows_in_one_file(tmp_path: Path) -> None:
    write(
        tmp_path / "fer2013.csv", HEADER, GOOD, f"0,{PIXELS},PublicTest", f"6,{PIXELS},PrivateTest"
    )
    rows, bad_rows = read(tmp_path)
    assert [row[1:] for row in rows] == [
        (0, TRAINING, 3),
        (1, PUBLIC_TEST, 0),
        (2, PRIVATE_TEST, 6),
    ]
    assert bad_rows == BadRows(rows=3)


@pytest.mark.parametrize("quote", ["", '"'])
def test_training_and_test_rows_in_two_files(tmp_path: Path, quote: str) -> None:
    pixels = f"{quote}{PIXELS}{quote}"
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{pixels}", f"4,{pixels}")
    write(tmp_path / "test.csv", "pixels", pixels)
    assert read(tmp_path)[0] == [
        ("train.csv", 0, TRAINING, 2),
        ("train.csv", 1, TRAINING, 4),
        ("test.csv", 0, UNLABELLED, -1),
    ]


def test_of_several_the_most_complete_is_read(tmp_path: Path) -> None:
    """As in Kaggle's zip, which has them all."""
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{PIXELS}")
    write(tmp_path / "icml_face_data.csv", "emotion, Usage, pixels", f"3, PublicTest, {PIXELS}")
    write(tmp_path / "example_submission.csv", "emotion", "0")
    assert read(tmp_path)[0] == [("icml_face_data.csv", 0, PUBLIC_TEST, 3)]
    write(tmp_path / "fer2013.csv", HEADER, GOOD)
    assert [source.path.name for source in find_sources(tmp_path)] == ["fer2013.csv"]


ROWS = f"emotion,pixels\n1,{PIXELS}\n"
FOLDERS = {
    "only test.csv": ({"test.csv": f"pixels\n{PIXELS}\n"}, "holds no training rows"),
    "empty file": ({"train.csv": ""}, "train.csv is empty"),
    "wrong header": ({"train.csv": f"emotions,pixels\n1,{PIXELS}\n"}, "the header is 'emotions,"),
    "a column twice": ({"train.csv": f"emotion,Emotion,pixels\n1,1,{PIXELS}\n"}, "two columns"),
    "labels, but of which test": ({"test.csv": ROWS, "train.csv": ROWS}, "no column Usage"),
    "two of a kind": ({"a.csv": ROWS, "b.csv": ROWS}, "have the same columns"),
    "gzip": ({"train.csv": gzip.compress(ROWS.encode())}, "is not a CSV file but a gzip file"),
    "a web page": ({"train.csv": "<!DOCTYPE html>\n"}, "is not a CSV file but a web page"),
    "UTF-16": ({"train.csv": ROWS.encode("utf-16")}, r"the header is '\\xff"),
}


@pytest.mark.parametrize(("files", "message"), FOLDERS.values(), ids=FOLDERS.keys())
def test_an_unusable_folder_is_refused_in_a_sentence(
    tmp_path: Path, files: dict[str, str | bytes], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput) as refusal:
        read(tmp_path)
    assert message in str(refusal.value)


# Columns

BY_NAME = {  # what programs make of a header, and a row under it
    "an index of pandas": (",emotion,pixels,Usage", "0,3,{},PublicTest"),
    "a byte order mark": ("\ufeffemotion,pixels,Usage", "3,{},PublicTest"),
    "semicolons": ("emotion;pixels;Usage", "3;{};PublicTest"),
    "capitals and a word": ("EMOTION,Pixels,usage", "Happy,{},publictest"),
    "quotes": ('"emotion","pixels","Usage"', '"3","{}","PublicTest"'),
    "spaces": (" emotion , pixels , Usage ", ' 3 ," {} ", PublicTest '),
    "another order, more columns": ("sad,Usage,pixels,emotion,", '"1,2 ""x""",PublicTest,{},3,'),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("header", "row"), BY_NAME.values(), ids=BY_NAME.keys())
def test_columns_are_identified_by_name(tmp_path: Path, header: str, row: str, end: str) -> None:
    write(tmp_path / "FER2013.CSV", header, *[row.format(PIXELS)] * 3, end=end)
    rows, bad_rows = read(tmp_path)
    assert rows == [("FER2013.CSV", number, PUBLIC_TEST, 3) for number in range(3)]
    assert bad_rows == BadRows(rows=3)


# Rows


def test_pixels_are_read_as_notebooks_read_them(rng: np.random.Generator) -> None:
    text = " ".join(map(str, rng.integers(0, 256, 2304)))
    expected = np.array(text.split(), dtype=np.uint8).reshape(48, 48)
    assert np.array_equal(parse_pixels(text), expected)


def test_a_line_of_nothing_is_no_row(tmp_path: Path) -> None:
    write(tmp_path / "fer2013.csv", HEADER, GOOD, "", GOOD, ",,", " , ,")
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    assert bad_rows == BadRows(rows=2)


BAD_LINES = {
    "label 7": (f"7,{PIXELS},Training", "emotion is '7'"),
    "usage": (f"3,{PIXELS},Test", "Usage is 'Test'"),
    "half quoted": (f'3,"{PIXELS},Training', "unexpected end of data"),
    "a pixel too few": (f"3,{PIXELS[2:]},Training", "2303 pixels instead of 2304"),
    "256": (f"3,256 {PIXELS[2:]},Training", "pixel 1 is '256', not an integer from 0 to 255"),
    "float": (f"3,7.0 {PIXELS[2:]},Training", "pixel 1 is '7.0'"),
    "control characters": (f"3,\x1b[2J {PIXELS[2:]},Training", r"pixel 1 is '\x1b[2J'"),
    "not UTF-8": (f"\udcff3,{PIXELS},Training", r"emotion is '\\xff3'"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_row_is_named_and_its_neighbours_are_kept(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "fer2013.csv"
    text = "".join(f"{row}\n" for row in (HEADER, GOOD, line, GOOD))
    path.write_bytes(text.encode(errors="surrogateescape"))
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    (complaint,) = bad_rows.first
    assert complaint.startswith(f"{path}, line 3: ")
    assert reason in complaint
    assert complaint.isprintable()


@pytest.mark.parametrize(
    ("header", "last", "good_rows"),
    [
        (HEADER, GOOD, 1),
        (HEADER, GOOD[:-3], None),
        (HEADER, f"3,{PIXELS[:-2]}", None),
        ("emotion,pixels", f'3,"{PIXELS}"', 1),
        ("emotion,pixels", f"3,{PIXELS}", None),  # the last number may have had more digits
    ],
)
def test_a_last_line_without_line_end_must_be_whole_for_sure(
    tmp_path: Path, header: str, last: str, good_rows: int | None
) -> None:
    (tmp_path / "train.csv").write_text(f"{header}\nbad\n{last}")
    if good_rows is not None:
        assert len(read(tmp_path)[0]) == good_rows
        return
    with pytest.raises(BadInput, match=r"train.csv, line 3: .*no line end.* download it again"):
        read(tmp_path)


def test_bad_rows_are_refused_or_dropped_as_params_say(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "emotion,pixels", *[f"3,{PIXELS}"] * 20, *[f"9,{PIXELS}"] * 12)
    rows, bad_rows = read(tmp_path)
    assert (len(rows), bad_rows.count, len(bad_rows.first)) == (20, 12, 10)
    bad_rows.refuse("drop")
    with pytest.raises(BadInput, match=r"12 of 32 rows are bad.*on_bad_row: drop"):
        bad_rows.refuse("fail")
