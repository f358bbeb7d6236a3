import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer2013.predict import command
from fer2013.predict.sources import read_frames
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import read_bgr

Predict = Callable[..., tuple[str, str]]


@pytest.fixture
def predict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, exported: Path
) -> Predict:
    """Runs `fer2013 predict` in this process. → stdout, stderr (with what ended it)"""
    monkeypatch.setattr(command, "DEFAULT", str(exported))

    def run(*words: object, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["fer2013", "predict", *map(str, words)])
        found, last = 0, ""
        try:
            command.main()
        except SystemExit as end:
            found, last = 1, str(end.code)
        out, err = capsys.readouterr()
        assert found == code, err + last
        return out, err + last

    return run


def rows_of(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def video(path: Path, picture: np.ndarray, frames: int) -> Path:
    size = (picture.shape[1], picture.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    for _ in range(frames):
        writer.write(picture)
    writer.release()
    return path


@pytest.fixture
def clip(tmp_path: Path, hopper: Path) -> Path:
    return video(tmp_path / "clip.avi", cv2.resize(read_bgr(hopper), (128, 150)), 12)


def test_a_line_for_each_face_and_the_accuracy(predict: Predict, hopper: Path) -> None:
    out, err = predict(hopper)
    assert out.startswith(f"{hopper}: ")
    assert " at " in out
    assert out.count("\n") == 1
    assert "tiny: 50.0% (95 %: 40.0% to 60.0%) of 100 validation faces of FER2013." in err


def test_no_face_is_a_row_and_no_error(predict: Predict, empty: Path) -> None:
    assert predict(empty)[0] == f"{empty}: no face\n"
    (row,) = rows_of(predict(empty, "--csv")[0])
    assert row["source"] == str(empty)
    assert row["label"] == row["Happy"] == row["error"] == ""
    (picture,) = json.loads(predict(empty, "--json")[0])["pictures"]
    assert picture["faces"] == []


def test_json_and_csv_say_the_same(predict: Predict, hopper: Path) -> None:
    result = json.loads(predict(hopper, "--json")[0])
    assert result["model"]["accuracy"]["low"] == 0.4
    (face,) = result["pictures"][0]["faces"]
    (row,) = rows_of(predict(hopper, "--csv")[0])
    assert row["label"] == face["label"]
    for name, probability in face["probabilities"].items():
        assert float(row[name]) == probability
    assert [float(row[name]) for name in ("left", "top", "width", "height")] == face["box"]


def test_a_broken_file_is_named_and_the_rest_goes_on(
    predict: Predict, hopper: Path, tmp_path: Path
) -> None:
    broken, missing, damaged = (tmp_path / name for name in ("a.jpg", "b.png", "c.mp4"))
    broken.write_bytes(hopper.read_bytes()[:200])
    damaged.write_bytes(b"no video")
    files = (broken, hopper, missing, damaged)
    out, err = predict(*files, "--json", code=1)
    assert [len(p.get("faces", "")) for p in json.loads(out)["pictures"]] == [0, 1, 0, 0]
    for file in (broken, missing, damaged):
        assert f"error: {file} " in err
    assert "3 of 4 files could not be read" in err
    rows = rows_of(predict(*files, "--csv", code=1)[0])
    assert [bool(row["error"]) for row in rows] == [True, False, True, True]


def test_an_unknown_model(predict: Predict, hopper: Path) -> None:
    _, err = predict(hopper, "--model", "chanpion", code=1)
    assert "there is no model chanpion; choose one of" in err


def test_a_folder_with_its_subfolders(predict: Predict, hopper: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/hopper.jpg").write_bytes(hopper.read_bytes())
    (tmp_path / "a.jpg").write_bytes(hopper.read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    sources = [line.split(": ")[0] for line in predict(tmp_path)[0].splitlines()]
    assert sources == [str(tmp_path / "a.jpg"), str(tmp_path / "b/hopper.jpg")]
    (tmp_path / "none").mkdir()
    assert "no pictures and no videos" in predict(tmp_path / "none", code=1)[1]


def test_faces_of_a_csv_file(predict: Predict, tmp_path: Path, rng: np.random.Generator) -> None:
    texts = [" ".join(map(str, rng.integers(0, 256, 48 * 48))) for _ in range(4)]
    path = tmp_path / "faces.csv"
    path.write_text("emotion, Usage, pixels\n" + "".join(f"0,Training,{text}\n" for text in texts))
    rows = rows_of(predict(path, "--csv")[0])
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3"]
    assert all(row["label"] for row in rows)
    path.write_text("pixels\n" + "1 2 3\n")
    assert f"{path}, line 2: 3 pixels instead of 2304" in predict(path, code=1)[1]


def test_each_frame_of_a_video(predict: Predict, clip: Path) -> None:
    rows = rows_of(predict(clip, "--csv")[0])
    assert [int(row["frame"]) for row in rows] == list(range(12))
    assert [float(row["seconds"]) for row in rows] == pytest.approx(np.arange(12) / 10)


def test_memory_does_not_grow_with_a_videos_length(
    predict: Predict, tmp_path: Path, rng: np.random.Generator
) -> None:
    """If all frames were kept, 250 more of them would take 45 MB."""
    resource = pytest.importorskip("resource")
    picture = rng.integers(0, 256, (240, 250, 3), np.uint8)
    predict(video(tmp_path / "short.avi", picture, 50))
    after_short = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    predict(video(tmp_path / "long.avi", picture, 300))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - after_short < 25_000  # kB


def test_drawn_pictures_and_videos(
    predict: Predict, hopper: Path, clip: Path, tmp_path: Path
) -> None:
    predict(hopper, "--draw", tmp_path / "one.png")
    before, after = read_bgr(hopper), read_bgr(tmp_path / "one.png")
    assert before.shape == after.shape
    assert 0.001 < (before != after).any(axis=2).mean() < 0.5
    grey = tmp_path / "grey.pgm"  # a format without colours
    cv2.imwrite(str(grey), cv2.cvtColor(before, cv2.COLOR_BGR2GRAY))
    predict(hopper, grey, clip, "--draw", tmp_path / "out")
    assert (tmp_path / "out/grace_hopper.jpg").exists()
    assert (tmp_path / "out/grey.png").exists()
    assert len(list(read_frames(str(tmp_path / "out/clip.mp4")))) == 12
    assert "one file for 2 sources" in predict(hopper, clip, "--draw", "two.png", code=1)[1]
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("target", ["a.jpg", "../photos/a.jpg", "link.jpg", "folder.jpg"])
def test_a_drawing_replaces_nothing(predict: Predict, tmp_path: Path, target: str) -> None:
    photos = tmp_path / "photos"
    (photos / "folder.jpg").mkdir(parents=True)
    (photos / "a.jpg").write_text("mine")
    (photos / "link.jpg").symlink_to("a.jpg")
    _, err = predict(photos / "a.jpg", "--draw", photos / target, code=1)
    assert f"{photos / target} exists, and nothing is replaced; name another, or" in err
    assert (photos / "a.jpg").read_text() == "mine"


def test_drawings_do_not_go_where_the_pictures_are(predict: Predict, tmp_path: Path) -> None:
    photos, link = tmp_path / "photos", tmp_path / "link"
    photos.mkdir()
    link.symlink_to("photos")
    (photos / "a.jpg").write_text("mine")
    assert f"{link} holds {photos / 'a.jpg'}" in predict(photos, "--draw", link, code=1)[1]
    assert [file.read_text() for file in photos.iterdir()] == ["mine"]


def test_in_a_folder_a_drawing_gets_another_name_if_its_own_is_taken(
    predict: Predict, hopper: Path, clip: Path, tmp_path: Path
) -> None:
    for name in ("a/x.jpg", "b/x.jpg", "out/x.jpg", "out/clip.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(hopper.read_bytes())
    out = tmp_path / "out"
    _, err = predict(tmp_path / "a", clip, tmp_path / "b", "--draw", out)
    names = {"x.jpg", "x-2.jpg", "x-3.jpg", "clip.mp4", "clip-2.mp4"}
    assert {file.name for file in out.iterdir()} == names
    for name in ("x.jpg", "clip.mp4"):
        assert (out / name).read_bytes() == hopper.read_bytes()
    assert f"note: {out / 'x.jpg'} exists, so this drawing is {out / 'x-3.jpg'}" in err


def test_the_documents_commands(
    predict: Predict, hopper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each `fer2013 predict` of docs/use_a_model.md, with files of the names that it shows."""
    text = (REPOSITORY / "docs/use_a_model.md").read_text(encoding="utf-8")
    lines = [line.split("  #")[0] for line in text.splitlines() if line.startswith("fer2013 pre")]
    assert len(lines) >= 5
    monkeypatch.chdir(tmp_path)
    (tmp_path / "holiday").mkdir()
    for name in ("picture.jpg", "holiday/beach.jpg"):
        (tmp_path / name).write_bytes(hopper.read_bytes())
    video(tmp_path / "clip.avi", cv2.resize(read_bgr(hopper), (128, 150)), 3)
    (tmp_path / "test.csv").write_text("pixels\n" + " ".join(["7"] * 2304) + "\n")
    for line in lines:
        words = line.split(" > ")[0].split()[2:]
        if "<" in words:
            content = (tmp_path / words.pop()).read_bytes()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert predict(*(word for word in words if word not in ("<", "--int8")))[0]
