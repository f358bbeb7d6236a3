"""docs/try_it.ipynb runs from its first cell to its last, with champion's committed weights."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import yaml

from fer2013.predict import loading
from tests.conftest import REPOSITORY

NOTEBOOK = json.loads((REPOSITORY / "docs/try_it.ipynb").read_text(encoding="utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `make pull` would bring of champion, from the remote that is in the repository."""
    lock = yaml.safe_load((REPOSITORY / "dvc.lock").read_text(encoding="utf-8"))
    outs = lock["stages"]["train_champion"]["outs"]
    md5 = next(out["md5"] for out in outs if out["path"].endswith("weights.safetensors"))
    folder = tmp_path / "models/champion"
    folder.mkdir(parents=True)
    kept = REPOSITORY / "weights/files/md5" / md5[:2] / md5[2:]
    shutil.copy2(kept, folder / "weights.safetensors")
    shutil.copy2(REPOSITORY / "models/champion/config.yaml", folder)
    (tmp_path / "metrics").symlink_to(REPOSITORY / "metrics")
    monkeypatch.setattr(loading, "IN_REPOSITORY", tmp_path / "models")


@pytest.mark.long
@pytest.mark.usefixtures("pulled")
def test_every_cell_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY / "docs")
    monkeypatch.setattr(sys, "path", [*sys.path])
    mpl.use("Agg")
    names: dict[str, Any] = {}
    for place, cell in enumerate(CODE):
        exec(compile("".join(cell["source"]), f"try_it.ipynb, code cell {place}", "exec"), names)
    said = capsys.readouterr().out
    assert re.search(r"^[A-Z][a-z]+ \d+%, at \(", said)
    assert "champion is right about 68" in said
    learnt = [int(share) for share in re.findall(r"(\d+)% of the held-out", said)]
    assert len(learnt) == names["epochs"]
    assert learnt[-1] > 40  # always Happy: about 23


def test_no_outputs_are_committed() -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in CODE)
    assert NOTEBOOK["nbformat"] == 4
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(ids)) == len(ids)
