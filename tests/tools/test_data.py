"""`make data` prints its findings; data/raw is complete and never pushed, or is left unchanged."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools.data import __main__ as tool
from tools.data import tracking

PIXELS = " ".join(["7"] * 2304)
GOOD = [f"{label},{PIXELS},Training" for label in range(7)]


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """data/raw with a file in it, tracked, in a repository of git and DVC."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *author, "commit", "-q", "--allow-empty", "-m", "Start"], check=True)
    Repo.init()
    folder = Path("data/raw")
    folder.mkdir(parents=True)
    (folder / "train.csv").write_text("emotion,pixels\n")
    tracking.track(folder, Path("data/raw.dvc"))
    return folder


def staged() -> str:
    command = ["git", "show", ":data/raw.dvc"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("what", ["Repo", "never_push"])
def test_a_failure_leaves_no_dvc_file(
    raw: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tracked = Path("data/raw.dvc")
    tracked.write_text("outs: []")

    def fail(*_: object, **__: object) -> None:
        raise BadInput("the disk is full")

    monkeypatch.setattr(tracking, what, fail)
    with pytest.raises(BadInput):
        tracking.track(raw, tracked)
    assert not tracked.exists()


@pytest.mark.parametrize("autostage", [False, True])
def test_the_tracked_data_are_never_pushed_nor_staged_for_it(raw: Path, autostage: bool) -> None:
    with Repo() as repo, repo.config.edit("local") as config:
        config["core"]["autostage"] = autostage
    tracking.track(raw, Path("data/raw.dvc"))
    assert yaml.safe_load(Path("data/raw.dvc").read_text())["outs"][0]["push"] is False
    assert staged() == (Path("data/raw.dvc").read_text() if autostage else "")


def say(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Bring what is there, and return the lines that are printed."""
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["data", str(path)])
    tool.main()
    return capsys.readouterr().out.splitlines()


def brought(folder: Path, header: str, *rows: str) -> Path:
    folder.mkdir()
    (folder / "fer2013.csv").write_text("".join(f"{line}\n" for line in [header, *rows]))
    return folder


def test_counts_and_differences_from_fer2013_are_printed(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*GOOD[:1], *GOOD[2:], f"3,{PIXELS},PublicTest"]
    rows = [f"x;{row.replace(',', ';')}" for row in rows]
    output = say(brought(tmp_path / "in", "a b;emotion;pixels;Usage", *rows), monkeypatch, capsys)
    assert output == [
        "fer2013.csv: 7 good rows (6 Training, 1 PublicTest), now in data/raw and tracked by "
        "data/raw.dvc.",
        "note: fer2013.csv is separated by semicolons, not commas.",
        "note: fer2013.csv has columns that are ignored: 'a b'.",
        "note: FER2013 has 28,709 Training rows and 7,178 of tests; these have 6 and 1.",
        "note: Training has no face of Disgust: no model can learn that, and macro scores are "
        "means over the classes that occur in a part.",
    ]
    assert [path.name for path in raw.iterdir()] == ["fer2013.csv"]
    assert sorted(path.name for path in raw.parent.iterdir()) == [".gitignore", "raw", "raw.dvc"]


def test_complete_fer2013_gives_no_note(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tool, "ALL_TRAINING", 7)
    monkeypatch.setattr(tool, "ALL_TESTS", 1)
    folder = brought(tmp_path / "in", "emotion,pixels,Usage", *GOOD, f"3,{PIXELS},PrivateTest")
    (line,) = say(folder, monkeypatch, capsys)
    assert "8 good rows (7 Training, 1 PrivateTest)" in line


REFUSED = {
    "no training row": ([f"3,{PIXELS},PublicTest"], "no good row is Training"),
    "no good training row": ([f"9,{PIXELS},Training", f"3,{PIXELS},PublicTest"], "is Training"),
    "cut off": ([*GOOD, "3,7 7"], "download it again"),
}


@pytest.mark.parametrize(("rows", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_unfit_data_is_refused_and_data_raw_stays(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], reason: str
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("on_bad_row: fail", "on_bad_row: drop"))
    folder = brought(tmp_path / "in", "emotion,pixels,Usage", *rows)
    path = folder / "fer2013.csv"
    if reason == "download it again":
        path.write_text(path.read_text().removesuffix("\n"))
    monkeypatch.setattr("sys.argv", ["data", str(folder)])
    with pytest.raises(BadInput, match=reason):
        tool.main()
    assert [path.name for path in raw.iterdir()] == ["train.csv"]
    assert sorted(path.name for path in raw.parent.iterdir()) == [".gitignore", "raw", "raw.dvc"]


@pytest.mark.parametrize("what", ["not tracked", "added", "changed", "not in the cache"])
def test_files_that_dvc_does_not_keep_stay(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "not tracked":
        Path("data/raw.dvc").unlink()
    elif what == "not in the cache":
        shutil.rmtree(".dvc/cache")
    else:
        (raw / ("mine.csv" if what == "added" else "train.csv")).write_text("mine")
    before = {path: path.read_bytes() for path in raw.iterdir()}
    folder = brought(tmp_path / "in", "emotion,pixels,Usage", *GOOD)
    monkeypatch.setattr("sys.argv", ["data", str(folder)])
    with pytest.raises(BadInput, match="data/raw holds files that DVC does not keep"):
        tool.main()
    assert before == {path: path.read_bytes() for path in raw.iterdir()}
