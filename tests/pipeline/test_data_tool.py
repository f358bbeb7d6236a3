"""`make data FROM=folder`, and the pipeline without data."""

from pathlib import Path

import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace

PIXELS = " ".join(["7"] * 2304)


def test_good_files_are_put_under_dvc_and_never_pushed(built: Workspace, tmp_path: Path) -> None:
    workspace, brought = built.copy(tmp_path / "clone"), tmp_path / "brought"
    brought.mkdir()
    (brought / "train.csv").write_text(f"emotion,pixels\n3,{PIXELS}\n")
    (brought / "notes.txt").write_text("not FER2013")
    output = workspace.run("python", "-m", "tools.data", str(brought))
    assert "train.csv: 1 good rows" in output
    assert "no test.csv" in output
    assert [path.name for path in (workspace.folder / "data/raw").iterdir()] == ["train.csv"]
    tracked = yaml.safe_load(workspace.bytes_of("data/raw.dvc"))
    assert tracked["outs"][0]["push"] is False
    assert "raw.dvc" in workspace.run("git", "status", "--porcelain", "-uall")
    assert "train.csv" not in workspace.run("git", "status", "--porcelain", "-uall")


def test_bad_files_change_nothing(built: Workspace, tmp_path: Path) -> None:
    workspace, brought = built.copy(tmp_path / "clone"), tmp_path / "brought"
    brought.mkdir()
    for content, reason in {
        None: "holds no training rows",
        f"emotion,pixels\n3,{PIXELS} 7\n": "line 2: 2305 pixels instead of 2304",
        f"label,pixels\n3,{PIXELS}\n": "the header is 'label,pixels'",
        f"emotion,pixels,Usage\n3,{PIXELS},PublicTest\n": "no good row is Training",
    }.items():
        if content is not None:
            (brought / "train.csv").write_text(content)
        output = workspace.run("python", "-m", "tools.data", str(brought), fails=True)
        assert output.startswith("error: ")
        assert reason in output
        assert "Traceback" not in output
        assert workspace.run("git", "status", "--porcelain", "-uall") == ""
        assert not (workspace.folder / "data/raw").exists()


def test_without_data_dvc_prints_the_error_in_the_readme(built: Workspace, tmp_path: Path) -> None:
    origin = built.copy(tmp_path / "origin")
    origin.run("python", "-m", "tools.data", "data/sample")
    origin.set("data.folder=data/raw")
    origin.commit("Track FER2013, which a clone does not have")
    origin.run("git", "clone", "--quiet", str(origin.folder), str(tmp_path / "clone"))
    output = Workspace(tmp_path / "clone").run("dvc", "repro", "train_resnet", fails=True)
    quoted = "ERROR: failed to reproduce 'data/raw.dvc': missing data 'source': data/raw"
    assert quoted in output
    assert quoted in (REPOSITORY / "README.md").read_text()


def test_bad_rows_fail_ingest_or_are_dropped_and_counted(built: Workspace, tmp_path: Path) -> None:
    workspace = built.copy(tmp_path / "clone")
    train = workspace.folder / "data/sample/train.csv"
    good = train.read_text()
    raw = workspace.folder / "data/raw"
    raw.mkdir()
    (raw / "train.csv").write_text(good + "8," + PIXELS + "\n")
    workspace.set("data.folder=data/raw")
    output = workspace.run("dvc", "repro", "ingest", fails=True)
    assert "data/raw/train.csv, line 162: emotion is '8'" in output
    assert "Traceback" not in output
    assert not (workspace.folder / "data/faces").exists()
    workspace.set("ingest.on_bad_row=drop")
    workspace.run("dvc", "repro", "ingest")
    assert yaml.safe_load(workspace.bytes_of("metrics/data.json"))["dropped_rows"] == 1
