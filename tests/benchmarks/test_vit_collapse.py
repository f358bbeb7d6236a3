"""benchmarks/vit_collapse.py, on a few faces of the built-in sample."""

import csv
import shutil
from pathlib import Path

import pytest
import torch

from benchmarks import vit_collapse
from fer2013.core.parts import Part
from fer2013.data.sample import draw_data_set
from tests.conftest import REPOSITORY


def few_faces(path: Path) -> Part:
    faces, labels, _ = draw_data_set(140, 1, seed=len(path.stem))
    flags = torch.zeros(140, dtype=torch.bool)
    rows = torch.arange(140)
    return Part(
        torch.from_numpy(faces).unsqueeze(1),
        torch.from_numpy(labels),
        rows,
        flags,
        flags,
        ~flags,
        ~flags,
    )


@pytest.mark.long
def test_each_variant_is_a_valid_configuration_and_prints_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path / "resume"))
    monkeypatch.setattr(vit_collapse, "EPOCHS", 1)
    monkeypatch.setattr(vit_collapse, "read_part", few_faces)
    for variant in vit_collapse.VARIANTS:
        monkeypatch.setattr("sys.argv", ["vit_collapse", variant])
        vit_collapse.main()
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    lines = [row for row in rows if len(row) == 7]
    assert [line[0] for line in lines] == list(vit_collapse.VARIANTS)
    assert all(0 <= float(line[2]) <= 1 for line in lines)
