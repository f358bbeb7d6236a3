import gzip
from pathlib import Path

import numpy as np
import pytest

from fer2013.core.constants import PRIVATE_TEST, PUBLIC_TEST, TRAINING, UNLABELLED
from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import CLASS_WORDS, parse_pixels
from fer2013.data.csv_sources import FER2013, find_sources
from fer2013.runtime.errors import BadInput

PIXELS = " ".join(["7"] * 2304)


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


def test_fer2013_layout(tmp_path: Path) -> None:
    lines = [f"3,{PIXELS},Training", f"0,{PIXELS},PublicTest", f"6,{PIXELS},PrivateTest"]
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", *lines)
    rows, bad_rows = read(tmp_path)
    assert [row[1:] for row in rows] == [
        (0, TRAINING, 3),
        (1, PUBLIC_TEST, 0),
        (2, PRIVATE_TEST, 6),
    ]
    assert bad_rows == BadRows(rows=3)


def test_icml_layout_has_spaces_in_its_names(tmp_path: Path) -> None:
    lines = [f"3,Training,{PIXELS}", f"1, PublicTest, {PIXELS}"]
    write(tmp_path / "icml_face_data.csv", "emotion, Usage, pixels", *lines)
    assert [row[2:] for row in read(tmp_path)[0]] == [(TRAINING, 3), (PUBLIC_TEST, 1)]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_kaggle_layout_quoted_or_not(tmp_path: Path, quote: str, end: str) -> None:
    pixels = f"{quote}{PIXELS}{quote}"
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{pixels}", f"4,{pixels}", end=end)
    write(tmp_path / "test.csv", "pixels", pixels, end=end)
    assert read(tmp_path)[0] == [
        ("train.csv", 0, TRAINING, 2),
        ("train.csv", 1, TRAINING, 4),
        ("test.csv", 0, UNLABELLED, -1),
    ]


def test_a_folder_with_all_files_of_the_zip_reads_fer2013_csv(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{PIXELS}")
    write(tmp_path / "icml_face_data.csv", "emotion, Usage, pixels", f"3,Training,{PIXELS}")
    write(tmp_path / "example_submission.csv", "emotion", "0")
    assert [source.path.name for source in find_sources(tmp_path)] == ["icml_face_data.csv"]
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", f"3,{PIXELS},Training")
    assert [source.kind for source in find_sources(tmp_path)] == [FER2013]


ROWS = f"emotion,pixels\n1,{PIXELS}\n"
FOLDERS = {
    "missing": ({}, "holds no training rows"),
    "only test.csv": ({"test.csv": f"pixels\n{PIXELS}\n"}, "holds no training rows"),
    "empty file": ({"train.csv": ""}, "train.csv is empty"),
    "header only": ({"train.csv": "emotion,pixels\n"}, "a header and no rows"),
    "blank lines only": ({"train.csv": "emotion,pixels\n,\n\n"}, "a header and no rows"),
    "wrong header": ({"train.csv": f"emotions,pixels\n1,{PIXELS}\n"}, "the header is 'emotions,"),
    "no header": ({"train.csv": f"1,{PIXELS}\n"}, "the header is '1,7 7"),
    "a column twice": ({"train.csv": f"emotion,Emotion,pixels\n1,1,{PIXELS}\n"}, "two columns"),
    "two separators": ({"fer2013.csv": f"emotion;Usage,pixels\n1,{PIXELS}\n"}, "must name"),
    "usage without label": ({"test.csv": f"pixels,Usage\n{PIXELS},PublicTest\n"}, "must name"),
    "labels, but of which test": ({"test.csv": ROWS, "train.csv": ROWS}, "no column Usage"),
    "two of a kind": ({"a.csv": ROWS, "b.csv": ROWS}, "have the same columns"),
}


@pytest.mark.parametrize(("files", "message"), FOLDERS.values(), ids=FOLDERS.keys())
def test_unusable_folder_is_refused_in_a_sentence(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as refusal:
        read(tmp_path)
    assert message in str(refusal.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a folder"):
        find_sources(tmp_path / "nowhere")


NOT_CSV = {
    "gzip": (gzip.compress(ROWS.encode()), "is not a CSV file but a gzip file"),
    "a web page": (b"<!DOCTYPE html>\n", "is not a CSV file but a web page"),
    "UTF-16": (ROWS.encode("utf-16"), r"the header is '\\xff"),
}


@pytest.mark.parametrize(("content", "what"), NOT_CSV.values(), ids=NOT_CSV.keys())
def test_another_file_format_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "train.csv").write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        read(tmp_path)
    assert what in str(refusal.value)


@pytest.mark.parametrize("name", ["fer2013.csv", "notes.csv"])
def test_a_folder_or_a_dead_link_called_csv_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(BadInput, match=rf"{name} cannot be read \(Is a directory\)"):
        find_sources(tmp_path)
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to("nowhere")
    with pytest.raises(BadInput, match=rf"{name} cannot be read \(No such file"):
        find_sources(tmp_path)


# Columns

BY_NAME = {  # what programs make of a header, and a row under it
    "an index of pandas": (",emotion,pixels,Usage", "0,3,{},PublicTest"),
    "a byte order mark": ("\ufeffemotion,pixels,Usage", "3,{},PublicTest"),
    "semicolons": ("emotion;pixels;Usage", "3;{};PublicTest"),
    "tabs": ("emotion\tpixels\tUsage", "3\t{}\tPublicTest"),
    "capitals": ("EMOTION,Pixels,usage", "3,{},PublicTest"),
    "quotes": ('"emotion","pixels","Usage"', '"3","{}","PublicTest"'),
    "spaces": (" emotion , pixels , Usage ", " 3 , {} , PublicTest "),
    "spaces inside quotes": ("emotion,pixels,Usage", '3," {} ",PublicTest'),
    "another order": ("Usage,pixels,emotion", "PublicTest,{},3"),
    "FER+ beside it": ("emotion,pixels,Usage,Image name,sad", "3,{},PublicTest,fer01.png,8"),
    "others with separators in them": ("a,emotion,pixels,Usage", '"1,2 ""x""",3,{},PublicTest'),
    "empty names": ("emotion,pixels,Usage,,", "3,{},PublicTest,,"),
    "usage in small letters": ("emotion,pixels,Usage", "3,{},publictest"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("header", "row"), BY_NAME.values(), ids=BY_NAME.keys())
def test_columns_are_identified_by_name(tmp_path: Path, header: str, row: str, end: str) -> None:
    write(tmp_path / "FER2013.CSV", header, *[row.format(PIXELS)] * 3, end=end)
    rows, bad_rows = read(tmp_path)
    assert rows == [("FER2013.CSV", number, PUBLIC_TEST, 3) for number in range(3)]
    assert bad_rows == BadRows(rows=3)


def test_the_seven_classes_are_labels_too(tmp_path: Path) -> None:
    words = ["Angry", "disgust", "FEAR", "happy", "Sad", "Surprise", "neutral"]
    write(tmp_path / "train.csv", "emotion,pixels", *[f"{word},{PIXELS}" for word in words])
    assert [row[3] for row in read(tmp_path)[0]] == [*range(7)]
    assert CLASS_WORDS["happiness"] == 3


# Rows


def test_pixels_are_read_as_notebooks_read_them(rng: np.random.Generator) -> None:
    text = " ".join(map(str, rng.integers(0, 256, 2304)))
    expected = np.array(text.split(), dtype=np.uint8).reshape(48, 48)
    assert np.array_equal(parse_pixels(text), expected)


@pytest.mark.parametrize("blank", ["", ",,", " , ,", "   "])
def test_a_line_of_nothing_is_no_row(tmp_path: Path, blank: str) -> None:
    good = f"3,{PIXELS},Training"
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", good, blank, good, blank, blank)
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    assert bad_rows == BadRows(rows=2)


BAD_LINES = {
    "label 7": (f"7,{PIXELS},Training", "emotion is '7'"),
    "label word": (f"Contempt,{PIXELS},Training", "emotion is 'Contempt'"),
    "label float": (f"3.0,{PIXELS},Training", "emotion is '3.0'"),
    "label missing": (f",{PIXELS},Training", "emotion is ''"),
    "another script's digit": (f"\N{ARABIC-INDIC DIGIT THREE},{PIXELS},Training", "emotion is"),
    "usage": (f"3,{PIXELS},Test", "Usage is 'Test'"),
    "extra column": (f"3,{PIXELS},Training,1", "4 columns instead of 3"),
    "column missing": (f"3,{PIXELS}", "2 columns instead of 3"),
    "half quoted": (f'3,"{PIXELS},Training', "unexpected end of data"),
    "quote within": (f'3,"{PIXELS}"7,Training', "expected after"),
    "endless line": (f"3,{PIXELS * 100},Training", "field larger than field limit"),
    "a pixel too few": (f"3,{PIXELS[2:]},Training", "2303 pixels instead of 2304"),
    "a pixel too many": (f"3,7 {PIXELS},Training", "2305 pixels instead of 2304"),
    "no pixels": ("3,,Training", "0 pixels"),
    "256": (f"3,256 {PIXELS[2:]},Training", "pixel 1 is '256', not an integer from 0 to 255"),
    "negative": (f"3,{PIXELS[2:]} -7,Training", "pixel 2304 is '-7'"),
    "float": (f"3,7.0 {PIXELS[2:]},Training", "pixel 1 is '7.0'"),
    "word": (f"3,nan {PIXELS[2:]},Training", "pixel 1 is 'nan'"),
    "control characters": (f"3,\x1b[2J {PIXELS[2:]},Training", r"pixel 1 is '\x1b[2J'"),
    "NUL": (f"3,7\x00 {PIXELS[2:]},Training", "pixel 1 is"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_bad_row_is_named_and_its_neighbours_are_kept(
    tmp_path: Path, line: str, reason: str
) -> None:
    good = f"3,{PIXELS},Training"
    path = write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", good, line, good)
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    assert bad_rows.count == 1
    assert bad_rows.first[0].startswith(f"{path}, line 3: ")
    assert reason in bad_rows.first[0]
    assert bad_rows.first[0].isprintable()


def test_bytes_that_are_not_utf8_spoil_only_their_row(tmp_path: Path) -> None:
    good = f"3,{PIXELS}\n".encode()
    (tmp_path / "train.csv").write_bytes(b"emotion,pixels\n" + good + b"\xff" + good + good)
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    assert r"line 3: emotion is '\\xff3'" in bad_rows.first[0]


@pytest.mark.parametrize(
    ("header", "last", "good_rows"),
    [
        ("emotion,pixels,Usage", f"3,{PIXELS},Training", 1),
        ("emotion,pixels,Usage", f"3,{PIXELS},Train", None),
        ("emotion,pixels,Usage", f"3,{PIXELS[:-2]}", None),
        ("pixels,emotion", f"{PIXELS},3", 1),
        ("emotion,pixels", f'3,"{PIXELS}"', 1),
        ("emotion,pixels", f'3,"{PIXELS}', None),
        ("emotion,pixels", f"3,{PIXELS}", None),  # the last number may have had more digits
        ("emotion,pixels", ",", 0),
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
    lines = [f"3,{PIXELS}"] * 20 + [f"9,{PIXELS}"] * 12
    write(tmp_path / "train.csv", "emotion,pixels", *lines)
    rows, bad_rows = read(tmp_path)
    assert (len(rows), bad_rows.count, len(bad_rows.first)) == (20, 12, 10)
    bad_rows.refuse("drop")
    with pytest.raises(BadInput, match=r"12 of 32 rows are bad.*on_bad_row: drop"):
        bad_rows.refuse("fail")
