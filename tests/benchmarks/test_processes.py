"""benchmarks/processes.py, on a few drawn faces."""

import shutil
from pathlib import Path

import pytest

from benchmarks import processes
from tests.benchmarks.test_vit_collapse import few_faces
from tests.conftest import REPOSITORY


def test_each_run_prints_a_line_twice_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path / "resume"))
    monkeypatch.setattr(processes, "PROCESSES", (1,))  # more: test_distributed.py
    monkeypatch.setattr(processes, "read_part", few_faces)
    monkeypatch.setattr("sys.argv", ["processes", "vit"])
    processes.main()
    output = capsys.readouterr().out.splitlines()
    first, second = [line.split(" | ")[:-1] for line in output if line.startswith("| `vit`")]
    assert first == second
