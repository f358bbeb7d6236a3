"""`make data` prints its findings; data/raw is complete and never pushed, or is left unchanged."""

import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput
from tools.data import __main__ as tool
from tools.data import tracking

PIXELS = " ".join(["7"] * 2304)
HEADER = "emotion,pixels,Usage"
GOOD = [f"{label},{PIXELS},Training" for label in range(7)]


@pytest.fixture
def raw(repository: Path) -> Path:
    """data/raw with a file in it, tracked, in a repository of git and DVC."""
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


def test_the_tracked_data_are_never_pushed(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):  # the second time there is a .dvc file
        bring(folder_of(tmp_path / f"{number}", HEADER, *GOOD[number:]), monkeypatch)
        (out,) = yaml.safe_load(Path("data/raw.dvc").read_text())["outs"]
        assert (out["push"], out["path"], out["nfiles"]) == (False, "raw", 1)


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
    bring(folder_of(tmp_path / "in", HEADER, *rows), monkeypatch)
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "fer2013.csv: 7 good rows (6 Training, 1 PublicTest), now in data/raw and tracked by "
        "data/raw.dvc.",
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


def test_data_without_training_rows_are_refused_and_data_raw_stays(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="no good row is Training"):
        bring(folder_of(tmp_path / "in", HEADER, f"3,{PIXELS},PublicTest"), monkeypatch)
    assert [path.name for path in raw.iterdir()] == ["train.csv"]
    assert sorted(path.name for path in raw.parent.iterdir()) == [".gitignore", "raw", "raw.dvc"]


def test_a_bad_row_in_an_archive_is_named_by_the_archive(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/fer2013.csv", f"{HEADER}\n{GOOD[0]}\n9,{PIXELS},Training\n")
    with pytest.raises(BadInput, match=r"\n  a.zip/in/fer2013.csv, line 3: emotion is '9'"):
        bring(tmp_path / "a.zip", monkeypatch)


@pytest.mark.parametrize("what", ["not tracked", "changed", "not in the cache"])
def test_files_that_dvc_does_not_keep_stay(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if what == "not tracked":
        Path("data/raw.dvc").unlink()
    elif what == "not in the cache":
        shutil.rmtree(".dvc/cache")
    else:
        (raw / "train.csv").write_text("mine")
    before = {path: path.read_bytes() for path in raw.iterdir()}
    with pytest.raises(BadInput, match="data/raw holds files that DVC does not keep"):
        bring(folder_of(tmp_path / "in", HEADER, *GOOD), monkeypatch)
    assert before == {path: path.read_bytes() for path in raw.iterdir()}
