"""The pipeline without data, and with bad rows in them. `make data`: tests/tools/test_data.py."""

import json
from pathlib import Path

from tests.pipeline.workspace import Workspace

BAD_ROW = "8," + " ".join(["7"] * 2304) + "\n"


def test_without_data_dvc_says_what_is_missing(built: Workspace, tmp_path: Path) -> None:
    origin = built.copy(tmp_path / "origin")
    origin.run("python", "-m", "tools.data", "data/sample")
    origin.set("data.folder=data/raw")
    origin.commit("Track FER2013, which a clone does not have")
    origin.run("git", "clone", "--quiet", str(origin.folder), str(tmp_path / "clone"))
    output = Workspace(tmp_path / "clone").run("dvc", "repro", "train_resnet", fails=True)
    assert "failed to reproduce 'data/raw.dvc': missing data 'source': data/raw" in output


def test_bad_rows_fail_ingest_or_are_dropped_and_counted(built: Workspace, tmp_path: Path) -> None:
    workspace = built.copy(tmp_path / "clone")
    raw = workspace.folder / "data/raw"
    raw.mkdir()
    good = (workspace.folder / "data/sample/train.csv").read_text()
    (raw / "train.csv").write_text(good + BAD_ROW)
    workspace.set("data.folder=data/raw")
    output = workspace.run("dvc", "repro", "ingest", fails=True)
    assert "data/raw/train.csv, line 162: emotion is '8'" in output
    assert "Traceback" not in output
    assert not (workspace.folder / "data/faces").exists()
    workspace.set("ingest.on_bad_row=drop")
    workspace.run("dvc", "repro", "ingest")
    assert json.loads(workspace.bytes_of("metrics/data.json"))["dropped_rows"] == 1
