from pathlib import Path

import numpy as np
import pytest

from fer2013.data.csv_layouts import FER2013, BadRows, find_sources, read_rows
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
    assert [source.layout for source in find_sources(tmp_path)] == [FER2013]


FOLDERS = {
    "missing": ({}, "holds no training rows"),
    "only test.csv": ({"test.csv": f"pixels\n{PIXELS}\n"}, "holds no training rows"),
    "empty file": ({"train.csv": ""}, "train.csv is empty"),
    "header only": ({"train.csv": "emotion,pixels\n"}, "a header and no rows"),
    "wrong header": ({"train.csv": f"emotions,pixels\n1,{PIXELS}\n"}, "the header is 'emotions,"),
    "byte order mark": ({"train.csv": f"\ufeffemotion,pixels\n1,{PIXELS}\n"}, "\\xef\\xbb\\xbf"),
    "two of a kind": (
        {"a.csv": f"emotion,pixels\n1,{PIXELS}\n", "b.csv": f"emotion,pixels\n1,{PIXELS}\n"},
        "have the same header",
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


def test_utf16_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(f"emotion,pixels\n1,{PIXELS}\n", encoding="utf-16")
    with pytest.raises(BadInput, match="the header is"):
        read(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a folder"):
        find_sources(tmp_path / "nowhere")


LINES = {
    "label 7": (f"7,{PIXELS},Training", "emotion is '7'"),
    "label word": (f"Happy,{PIXELS},Training", "emotion is 'Happy'"),
    "label float": (f"3.0,{PIXELS},Training", "emotion is '3.0'"),
    "label missing": (f",{PIXELS},Training", "emotion is ''"),
    "usage": (f"3,{PIXELS},Test", "Usage is 'Test'"),
    "pixel": (f"3,{PIXELS[:-1]}x,Training", "pixel 2304 is 'x'"),
    "extra column": (f"3,{PIXELS},Training,1", "4 columns instead of 3"),
    "column missing": (f"3,{PIXELS}", "2 columns instead of 3"),
    "empty line": ("", "1 columns instead of 3"),
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


def test_cut_off_last_line_does_not_pass(tmp_path: Path) -> None:
    path = write(tmp_path / "train.csv", "emotion,pixels", f"3,{PIXELS}", f"3,{PIXELS}")
    path.write_bytes(path.read_bytes()[:-1])  # still 2,304 numbers: perhaps not the last one whole
    rows, bad_rows = read(tmp_path)
    assert len(rows) == 1
    assert "no line end" in bad_rows.first[0]


def test_the_first_ten_bad_rows_are_told_in_order(tmp_path: Path) -> None:
    bad = [f"9,{PIXELS}", f"3,{PIXELS[:-1]}x"] * 12  # found in two different steps
    write(tmp_path / "train.csv", "emotion,pixels", *bad, f"3,{PIXELS}")
    rows, bad_rows = read(tmp_path)
    assert len(rows) == 1
    assert bad_rows.count == 24
    assert [f"line {line}:" in text for line, text in enumerate(bad_rows.first, 2)] == [True] * 10
