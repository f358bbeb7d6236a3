"""docs/try_it.ipynb runs from its first cell to its last, with champion's committed weights."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from fer2013.predict import loading
from tests.conftest import REPOSITORY
from tests.pipeline.test_registry import kept_weights

NOTEBOOK = json.loads((REPOSITORY / "docs/try_it.ipynb").read_text(encoding="utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.mark.long
def test_every_cell_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "models/champion"  # as `make pull` would leave it
    folder.mkdir(parents=True)
    shutil.copy2(REPOSITORY / kept_weights(), folder / "weights.safetensors")
    shutil.copy2(REPOSITORY / "models/champion/config.yaml", folder)
    (tmp_path / "metrics").symlink_to(REPOSITORY / "metrics")
    monkeypatch.setattr(loading, "IN_REPOSITORY", tmp_path / "models")
    monkeypatch.chdir(REPOSITORY / "docs")
    monkeypatch.setattr(sys, "path", [*sys.path])
    mpl.use("Agg")
    names: dict[str, Any] = {}
    for place, cell in enumerate(CODE):
        exec(compile("".join(cell["source"]), f"try_it.ipynb, code cell {place}", "exec"), names)
    said = capsys.readouterr().out
    assert re.search(r"^[A-Z][a-z]+ \d+%, at \(", said)
    assert "champion is right about" in said
    learnt = [int(share) for share in re.findall(r"(\d+)% of the held-out", said)]
    assert len(learnt) == names["epochs"]
    assert learnt[-1] > 40  # always Happy: about 23


def test_no_outputs_are_committed() -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in CODE)
