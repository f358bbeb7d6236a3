import gzip
from pathlib import Path

import numpy as np
import pytest

from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_header import FER2013, TRAIN
from fer2013.data.csv_rows import CLASS_WORDS, read_rows
from fer2013.data.csv_sources import find_sources
from fer2013.runtime.errors import BadInput

PIXELS = " ".join(["7"] * 2304)


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def read(folder: Path) -> tuple[list[tuple[str, int, int, int]], BadRows]:
    """Every good row as (file, row, usage, emotion), and the bad rows."""
    bad_rows, rows = BadRows(), []
    for source in find_sources(folder):
        for block in read_rows(source, bad_rows):
            assert np.all(block.pixels == 7)
            rows += [
                (source.path.name, number, usage, emotion)
                for number, usage, emotion in zip(
                    block.numbers, block.usages, block.emotions, strict=True
                )
            ]
    return rows, bad_rows


def test_fer2013_layout(tmp_path: Path) -> None:
    lines = [f"3,{PIXELS},Training", f"0,{PIXELS},PublicTest", f"6,{PIXELS},PrivateTest"]
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", *lines)
    rows, bad_rows = read(tmp_path)
    assert rows == [("fer2013.csv", 0, 0, 3), ("fer2013.csv", 1, 1, 0), ("fer2013.csv", 2, 2, 6)]
    assert bad_rows.count == 0


def test_icml_layout_has_spaces_in_its_names(tmp_path: Path) -> None:
    lines = [f"3,Training,{PIXELS}", f"1, PublicTest, {PIXELS}"]
    write(tmp_path / "icml_face_data.csv", "emotion, Usage, pixels", *lines)
    assert [row[2:] for row in read(tmp_path)[0]] == [(0, 3), (1, 1)]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_kaggle_layout_quoted_or_not(tmp_path: Path, quote: str, end: str) -> None:
    pixels = f"{quote}{PIXELS}{quote}"
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{pixels}", f"4,{pixels}", end=end)
    write(tmp_path / "test.csv", "pixels", pixels, end=end)
    rows, bad_rows = read(tmp_path)
    assert rows == [("train.csv", 0, 0, 2), ("train.csv", 1, 0, 4), ("test.csv", 0, 3, -1)]
    assert bad_rows.count == 0


def test_a_folder_with_all_files_of_the_zip_reads_fer2013_csv(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "emotion,pixels", f"2,{PIXELS}")
    write(tmp_path / "icml_face_data.csv", "emotion, Usage, pixels", f"3,Training,{PIXELS}")
    write(tmp_path / "example_submission.csv", "emotion", "0")
    assert [source.path.name for source in find_sources(tmp_path)] == ["icml_face_data.csv"]
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", f"3,{PIXELS},Training")
    assert [source.layout.kind for source in find_sources(tmp_path)] == [FER2013]


FOLDERS = {
    "missing": ({}, "holds no training rows"),
    "only test.csv": ({"test.csv": f"pixels\n{PIXELS}\n"}, "holds no training rows"),
    "empty file": ({"train.csv": ""}, "train.csv is empty"),
    "header only": ({"train.csv": "emotion,pixels\n"}, "a header and no rows"),
    "wrong header": ({"train.csv": f"emotions,pixels\n1,{PIXELS}\n"}, "the header is 'emotions,"),
    "no header": ({"train.csv": f"1,{PIXELS}\n"}, "has no header"),
    "a column twice": ({"train.csv": f"emotion,Emotion,pixels\n1,1,{PIXELS}\n"}, "two columns"),
    "two separators": ({"a.csv": f"emotion;Usage,pixels\n1,{PIXELS}\n"}, "more than one way"),
    "usage without label": ({"test.csv": f"pixels,Usage\n{PIXELS},PublicTest\n"}, "must name"),
    "blank lines only": ({"train.csv": "emotion,pixels\n,\n\n"}, "a header and no rows"),
    "old Mac": ({"train.csv": f"emotion,pixels\r1,{PIXELS}\r"}, "CR alone"),
    "labels, but of which test": ({"test.csv": f"emotion,pixels\n1,{PIXELS}\n"}, "has labels"),
    "the same beside train.csv": (
        {
            "test.csv": f"emotion,pixels\n1,{PIXELS}\n",
            "train.csv": f"emotion,pixels\n1,{PIXELS}\n",
        },
        "no column Usage",
    ),
    "two of a kind": (
        {"a.csv": f"emotion,pixels\n1,{PIXELS}\n", "b.csv": f"emotion,pixels\n1,{PIXELS}\n"},
        "have the same columns",
    ),
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


NOT_CSV = {
    "UTF-16": (f"emotion,pixels\n1,{PIXELS}\n".encode("utf-16"), "in UTF-16"),
    "gzip": (gzip.compress(b"emotion,pixels\n"), "a gzip file"),
    "a web page": (b"<!DOCTYPE html>\n", "a web page"),
    "parquet": (b"PAR1" + bytes(100), "a parquet file"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    "tar": (b"fer2013.csv".ljust(257, b"\0") + b"ustar" + bytes(300), "a tar archive"),
}


@pytest.mark.parametrize(("content", "what"), NOT_CSV.values(), ids=NOT_CSV.keys())
def test_another_file_format_is_recognised(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "train.csv").write_bytes(content)
    with pytest.raises(BadInput, match=f"is not a CSV file but {what}"):
        read(tmp_path)


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
    "FER+ beside it": (
        "emotion,pixels,Usage,Image name,happiness",
        "3,{},PublicTest,fer0000001.png,8",
    ),
    "others with separators in them": ("a,emotion,pixels,Usage", '"1,2 ""x""",3,{},PublicTest'),
    "empty names": ("emotion,pixels,Usage,,", "3,{},PublicTest,,"),
    "usage in small letters": ("emotion,pixels,Usage", "3,{},publictest"),
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("header", "row"), BY_NAME.values(), ids=BY_NAME.keys())
def test_columns_are_identified_by_name(tmp_path: Path, header: str, row: str, end: str) -> None:
    write(tmp_path / "FER2013.CSV", header, *[row.format(PIXELS)] * 3, end=end)
    rows, bad_rows = read(tmp_path)
    assert rows == [("FER2013.CSV", number, 1, 3) for number in range(3)]
    assert bad_rows == BadRows(rows=3)


def test_ignored_columns_are_named(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", "emotion,pixels,Image name,", f"3,{PIXELS},x,")
    (source,) = find_sources(tmp_path)
    assert source.layout.kind == TRAIN
    assert source.layout.ignored == ("'Image name'", "one without a name")


def test_the_seven_classes_are_labels_too(tmp_path: Path) -> None:
    words = ["Angry", "disgust", "FEAR", "happy", "Sad", "Surprise", "neutral"]
    rows_of_words = [f"{word},{PIXELS}" for word in [*words, *CLASS_WORDS]]
    write(tmp_path / "train.csv", "emotion,pixels", *rows_of_words)
    rows, bad_rows = read(tmp_path)
    assert [row[3] for row in rows] == [*range(7), *CLASS_WORDS.values()]
    assert bad_rows.count == 0


@pytest.mark.parametrize("blank", ["", ",,", " , ,", "   "])
def test_a_line_of_nothing_is_no_row(tmp_path: Path, blank: str) -> None:
    good = f"3,{PIXELS},Training"
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", good, blank, good, blank, blank)
    rows, bad_rows = read(tmp_path)
    assert [row[1] for row in rows] == [0, 2]
    assert bad_rows == BadRows(rows=2)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a folder"):
        find_sources(tmp_path / "nowhere")


LINES = {
    "label 7": (f"7,{PIXELS},Training", "emotion is '7'"),
    "label word": (f"Contempt,{PIXELS},Training", "emotion is 'Contempt'"),
    "label float": (f"3.0,{PIXELS},Training", "emotion is '3.0'"),
    "label missing": (f",{PIXELS},Training", "emotion is ''"),
    "usage": (f"3,{PIXELS},Test", "Usage is 'Test'"),
    "pixel": (f"3,{PIXELS[:-1]}x,Training", "pixel 2304 is 'x'"),
    "extra column": (f"3,{PIXELS},Training,1", "4 columns instead of 3"),
    "column missing": (f"3,{PIXELS}", "2 columns instead of 3"),
    "endless line": ("3," + PIXELS * 20, "longer than 16384 bytes"),
}


@pytest.mark.parametrize(("line", "reason"), LINES.values(), ids=LINES.keys())
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


@pytest.mark.parametrize(
    ("header", "last", "whole"),
    [
        ("emotion,pixels,Usage", f"3,{PIXELS},Training", True),
        ("emotion,pixels,Usage", f"3,{PIXELS},Train", False),
        ("emotion,pixels,Usage", f"3,{PIXELS[:-2]}", False),
        ("emotion,pixels", f'3,"{PIXELS}"', True),
        ("emotion,pixels", f'3,"{PIXELS}', False),
        ("pixels,emotion", f"{PIXELS},3", True),
        ("emotion,pixels,name", f"3,{PIXELS},fer00", True),
        ("emotion,pixels,name", f'3,{PIXELS},"fer00', False),
        ("emotion,pixels", ",", True),
    ],
)
def test_a_last_line_without_line_end_is_good_if_the_pixels_are_not_last(
    tmp_path: Path, header: str, last: str, whole: bool
) -> None:
    row = {"pixels,emotion": f"{PIXELS},3"}.get(header, f"3,{PIXELS}") + (
        ",Training" if "Usage" in header else ",x" if "name" in header else ""
    )
    path = write(tmp_path / "train.csv", header, row, row)
    path.write_text(path.read_text() + last)
    rows, bad_rows = read(tmp_path)
    assert len(rows) == 2 + (whole and last != ",")
    assert (bad_rows.cut_off is None) == whole


@pytest.mark.parametrize("on_bad_row", ["fail", "drop"])
def test_a_missing_end_is_to_be_downloaded_again_and_drop_does_not_hide_it(
    tmp_path: Path, on_bad_row: str
) -> None:
    path = write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", *[f"3,{PIXELS},Training"] * 9)
    path.write_bytes(path.read_bytes()[:-100])
    _, bad_rows = read(tmp_path)
    with pytest.raises(BadInput, match=r"fer2013.csv, line 10: .* download it again"):
        bad_rows.refuse(on_bad_row)


@pytest.mark.parametrize(("bad", "advice"), [(1, "on_bad_row: drop"), (10, "download it again")])
def test_to_drop_is_advised_for_scattered_rows_only(tmp_path: Path, bad: int, advice: str) -> None:
    lines = [f"3,{PIXELS},Training"] * 20 + [f"9,{PIXELS},Training"] * bad
    write(tmp_path / "fer2013.csv", "emotion,pixels,Usage", *lines)
    _, bad_rows = read(tmp_path)
    with pytest.raises(BadInput) as refusal:
        bad_rows.refuse("fail")
    assert advice in str(refusal.value)
    assert ("on_bad_row" in str(refusal.value)) == (bad == 1)
    bad_rows.refuse("drop")


def test_cut_off_last_line_does_not_pass(tmp_path: Path) -> None:
    path = write(tmp_path / "train.csv", "emotion,pixels", f"3,{PIXELS}", f"3,{PIXELS}")
    path.write_bytes(path.read_bytes()[:-1])  # still 2,304 numbers: perhaps not the last one whole
    rows, bad_rows = read(tmp_path)
    assert len(rows) == 1
    assert "no line end" in bad_rows.first[0]


def test_the_first_ten_bad_rows_are_listed_in_order(tmp_path: Path) -> None:
    bad = [f"9,{PIXELS}", f"3,{PIXELS[:-1]}x"] * 12  # found in two different steps
    write(tmp_path / "train.csv", "emotion,pixels", *bad, f"3,{PIXELS}")
    rows, bad_rows = read(tmp_path)
    assert len(rows) == 1
    assert bad_rows.count == 24
    assert [f"line {line}:" in text for line, text in enumerate(bad_rows.first, 2)] == [True] * 10
