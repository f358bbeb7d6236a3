"""`make data` prints its findings; data/raw is complete and never pushed, or is left unchanged."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools.data import __main__ as tool
from tools.data import tracking

PIXELS = " ".join(["7"] * 2304)
HEADER = "emotion,pixels,Usage"
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


def bring(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["data", str(path)])
    tool.main()


def folder_of(folder: Path, header: str, *rows: str) -> Path:
    folder.mkdir()
    (folder / "fer2013.csv").write_text("".join(f"{line}\n" for line in [header, *rows]))
    return folder


@pytest.mark.parametrize("autostage", [False, True])
def test_the_tracked_data_are_never_pushed(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autostage: bool
) -> None:
    with Repo() as repo, repo.config.edit("local") as config:
        config["core"]["autostage"] = autostage
    for number in range(2):  # the second time there is a .dvc file
        bring(folder_of(tmp_path / f"{number}", HEADER, *GOOD[number:]), monkeypatch)
        tracked = Path("data/raw.dvc").read_text()
        (out,) = yaml.safe_load(tracked)["outs"]
        assert (out["push"], out["path"], out["nfiles"]) == (False, "raw", 1)
    command = ["git", "show", ":data/raw.dvc"]
    staged = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert staged == (tracked if autostage else "")


def test_where_dvc_fails_no_dvc_file_is_left(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DvcException("the disk is full")

    monkeypatch.setattr(Repo, "add", fail)
    with pytest.raises(BadInput, match="dvc add data/raw: the disk is full"):
        bring(folder_of(tmp_path / "in", HEADER, *GOOD), monkeypatch)
    assert not Path("data/raw.dvc").exists()


def test_counts_and_differences_from_fer2013_are_printed(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*GOOD[:1], *GOOD[2:], f"3,{PIXELS},PublicTest"]
    rows = [f"x;{row.replace(',', ';')}" for row in rows]
    bring(folder_of(tmp_path / "in", "a b;emotion;pixels;Usage", *rows), monkeypatch)
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "fer2013.csv: 7 good rows (6 Training, 1 PublicTest), now in data/raw and tracked by "
        "data/raw.dvc.",
        "note: fer2013.csv has columns that are ignored: 'a b'.",
        "note: FER2013 has 28,709 Training rows and 7,178 of tests; these have 6 and 1.",
        "note: Training has no face of Disgust: no model can learn that, and macro scores are "
        "means over the classes that occur in a part.",
    ]
    assert [path.name for path in raw.iterdir()] == ["fer2013.csv"]
    assert sorted(path.name for path in raw.parent.iterdir()) == [".gitignore", "raw", "raw.dvc"]


def test_a_tilde_that_zsh_leaves_is_the_home_folder(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of(tmp_path / "in", "emotion,pixels,Usage", *GOOD)
    monkeypatch.setenv("HOME", str(tmp_path))
    bring(Path("~/in"), monkeypatch)
    assert [path.name for path in raw.iterdir()] == ["fer2013.csv"]


REFUSED = {
    "no training row": ([f"3,{PIXELS},PublicTest"], "no good row is Training"),
    "no good training row": ([f"9,{PIXELS},Training", f"3,{PIXELS},PublicTest"], "is Training"),
}


@pytest.mark.parametrize(("rows", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_unfit_data_is_refused_and_data_raw_stays(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[str], reason: str
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("on_bad_row: fail", "on_bad_row: drop"))
    with pytest.raises(BadInput, match=reason):
        bring(folder_of(tmp_path / "in", HEADER, *rows), monkeypatch)
    assert [path.name for path in raw.iterdir()] == ["train.csv"]
    assert sorted(path.name for path in raw.parent.iterdir()) == [".gitignore", "raw", "raw.dvc"]


def test_a_bad_row_in_an_archive_is_named_by_the_archive(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/fer2013.csv", f"{HEADER}\n{GOOD[0]}\n9,{PIXELS},Training\n")
    with pytest.raises(BadInput, match=r"\n  a.zip/in/fer2013.csv, line 3: emotion is '9'"):
        bring(tmp_path / "a.zip", monkeypatch)


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
    with pytest.raises(BadInput, match="data/raw holds files that DVC does not keep"):
        bring(folder_of(tmp_path / "in", HEADER, *GOOD), monkeypatch)
    assert before == {path: path.read_bytes() for path in raw.iterdir()}
