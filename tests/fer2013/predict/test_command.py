import csv
import io
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer2013.predict import command
from fer2013.predict.sources import read_frames
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import read_bgr


class Command:
    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, *words: object, code: int = 0) -> tuple[str, str]:
        """Run `fer2013 predict` in this process. → stdout, stderr (with what ended it)"""
        self.monkeypatch.setattr(sys, "argv", ["fer2013", "predict", *map(str, words)])
        found, last = 0, ""
        try:
            command.main()
        except SystemExit as end:
            found, last = (1, end.code) if isinstance(end.code, str) else (int(end.code or 0), "")
        out, err = self.capsys.readouterr()
        assert found == code, err + last
        return out, err + last


@pytest.fixture
def predict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, exported: Path
) -> Command:
    monkeypatch.setattr(command, "DEFAULT", str(exported))
    return Command(capsys, monkeypatch)


def video(path: Path, picture: np.ndarray, frames: int) -> Path:
    size = (picture.shape[1], picture.shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    for _ in range(frames):
        writer.write(picture)
    writer.release()
    return path


@pytest.fixture
def clip(tmp_path: Path, hopper: Path) -> Path:
    return video(tmp_path / "clip.avi", cv2.resize(read_bgr(hopper), (128, 150)), 40)


def test_a_line_for_each_face_and_the_accuracy(predict: Command, hopper: Path) -> None:
    out, err = predict(hopper)
    assert out.startswith(f"{hopper}: ")
    assert " at " in out
    assert out.count("\n") == 1
    assert "tiny: 50.0% (95 %: 40.0% to 60.0%) of 100 validation faces of FER2013." in err


def test_no_face_is_a_row_and_no_error(predict: Command, empty: Path) -> None:
    assert predict(empty)[0] == f"{empty}: no face\n"
    (row,) = csv.DictReader(io.StringIO(predict(empty, "--csv")[0]))
    assert row["source"] == str(empty)
    assert row["label"] == row["Happy"] == row["error"] == ""
    (picture,) = json.loads(predict(empty, "--json")[0])["pictures"]
    assert picture["faces"] == []


def test_json_and_csv_say_the_same(predict: Command, hopper: Path) -> None:
    result = json.loads(predict(hopper, "--json")[0])
    assert result["model"]["accuracy"]["low"] == 0.4
    (face,) = result["pictures"][0]["faces"]
    (row,) = csv.DictReader(io.StringIO(predict(hopper, "--csv")[0]))
    assert row["label"] == face["label"]
    for name, probability in face["probabilities"].items():
        assert float(row[name]) == probability
    assert [float(row[name]) for name in ("left", "top", "width", "height")] == face["box"]


def test_a_broken_file_is_named_and_the_rest_goes_on(
    predict: Command, hopper: Path, tmp_path: Path
) -> None:
    broken, missing = tmp_path / "broken.jpg", tmp_path / "missing.png"
    broken.write_bytes(hopper.read_bytes()[:200])
    out, err = predict(broken, hopper, missing, "--json", code=1)
    assert [len(p.get("faces", "")) for p in json.loads(out)["pictures"]] == [0, 1, 0]
    assert str(broken) in err
    assert str(missing) in err
    assert "2 of 3 files could not be read" in err


def test_an_unknown_model(predict: Command, hopper: Path) -> None:
    _, err = predict(hopper, "--model", "chanpion", code=1)
    assert "there is no model chanpion; choose one of" in err


def test_a_folder_with_its_subfolders(predict: Command, hopper: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/hopper.jpg").write_bytes(hopper.read_bytes())
    (tmp_path / "a.jpg").write_bytes(hopper.read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    sources = [line.split(": ")[0] for line in predict(tmp_path)[0].splitlines()]
    assert sources == [str(tmp_path / "a.jpg"), str(tmp_path / "b/hopper.jpg")]
    (tmp_path / "none").mkdir()
    assert "no pictures and no videos" in predict(tmp_path / "none", code=1)[1]


def test_standard_input(predict: Command, hopper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(hopper.read_bytes())))
    assert predict("-")[0].startswith("-: ")


def test_faces_of_a_csv_file(predict: Command, tmp_path: Path, rng: np.random.Generator) -> None:
    texts = [" ".join(map(str, rng.integers(0, 256, 48 * 48))) for _ in range(40)]
    path = tmp_path / "faces.csv"
    path.write_text("emotion, Usage, pixels\n" + "".join(f"0,Training,{text}\n" for text in texts))
    rows = list(csv.DictReader(io.StringIO(predict(path, "--csv")[0])))
    assert [row["frame"] for row in rows] == [str(number) for number in range(40)]
    assert all(row["label"] for row in rows)
    path.write_text("pixels\n" + "1 2 3\n")
    assert f"{path}, line 2: 3 pixels instead of 2304" in predict(path, code=1)[1]


def test_each_frame_of_a_video(predict: Command, clip: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(predict(clip, "--csv")[0])))
    assert [int(row["frame"]) for row in rows] == list(range(40))
    assert [float(row["seconds"]) for row in rows] == pytest.approx(np.arange(40) / 10)


def test_a_damaged_video(predict: Command, tmp_path: Path) -> None:
    path = tmp_path / "damaged.mp4"
    path.write_bytes(b"no video")
    assert f"{path} is damaged or not a video" in predict(path, code=1)[1]


def test_drawn_pictures_and_videos(
    predict: Command, hopper: Path, clip: Path, tmp_path: Path
) -> None:
    predict(hopper, "--draw", tmp_path / "one.png")
    before, after = read_bgr(hopper), read_bgr(tmp_path / "one.png")
    assert before.shape == after.shape
    assert 0.001 < (before != after).any(axis=2).mean() < 0.5
    predict(hopper, clip, "--draw", tmp_path / "out")
    assert (tmp_path / "out/grace_hopper.jpg").exists()
    assert len(list(read_frames(str(tmp_path / "out/clip.mp4")))) == 40
    assert "one file for 2 sources" in predict(hopper, clip, "--draw", "two.png", code=1)[1]
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("kind", ["itself", "another file", "link", "hard link", "dots", "folder"])
@pytest.mark.parametrize("source", ["a.jpg", "clip.avi"])
def test_a_drawing_replaces_no_file(
    predict: Command, tmp_path: Path, source: str, kind: str
) -> None:
    path = tmp_path / source
    path.write_text("mine")
    target = tmp_path / f"target{path.suffix}"
    if kind == "itself":
        target = path
    elif kind == "another file":
        target.write_text("mine")
    elif kind == "link":
        target.symlink_to(path)
    elif kind == "hard link":
        target.hardlink_to(path)
    elif kind == "dots":
        target = tmp_path / "../" / tmp_path.name / source
    else:
        target.mkdir()
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    _, err = predict(path, "--draw", target, code=1)
    assert f"{target} exists, and nothing is replaced; name another, or" in err
    assert before == {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}


@pytest.mark.parametrize("linked", [False, True])
def test_drawings_do_not_go_where_the_pictures_are(
    predict: Command, hopper: Path, tmp_path: Path, linked: bool
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.jpg").write_bytes(hopper.read_bytes())
    out = photos
    if linked:
        out = tmp_path / "link"
        out.symlink_to("photos")
    assert f"{out} holds {photos / 'a.jpg'}" in predict(photos, "--draw", out, code=1)[1]
    assert [file.read_bytes() for file in photos.iterdir()] == [hopper.read_bytes()]


def test_in_a_folder_a_drawing_gets_another_name_if_its_own_is_taken(
    predict: Command, hopper: Path, clip: Path, tmp_path: Path
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


def test_memory_does_not_grow_with_a_videos_length(
    predict: Command, tmp_path: Path, rng: np.random.Generator
) -> None:
    """If all frames were kept, 250 more of them would take 45 MB."""
    resource = pytest.importorskip("resource")
    picture = rng.integers(0, 256, (240, 250, 3), np.uint8)
    predict(video(tmp_path / "short.avi", picture, 50), "--min-score", 0.99)
    after_short = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    long = video(tmp_path / "long.avi", picture, 300)
    out, _ = predict(long, "--min-score", 0.99)
    assert out.count("\n") == 300
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - after_short
    assert grown < 25_000  # kB


def test_the_documents_commands(
    predict: Command, hopper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
