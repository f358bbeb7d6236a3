"""The comparison with other packages, here with a stand-in that is installed from nowhere."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from benchmarks import peers
from fer2013.core.parts import Part
from fer2013.runtime.errors import BadInput

# It says Happy of bright faces and Sad of all others.
STAND_IN = """
import json, sys
import numpy as np
_, name, faces, answers = sys.argv
faces = np.fromfile(faces, np.uint8).reshape(-1, 48, 48)
probabilities = np.zeros((len(faces), 7), np.float32)
probabilities[np.arange(len(faces)), np.where(faces.mean(axis=(1, 2)) > 127, 3, 4)] = 1
probabilities.tofile(answers)
print(json.dumps({"milliseconds": 1.5, "bytes": 2500}))
"""


def write_part(path: Path, grey: list[int], labels: list[int]) -> None:
    faces = torch.tensor(grey, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 48, 48)
    no = torch.zeros(len(grey), dtype=torch.bool)
    rows = torch.arange(len(grey))
    part = Part(
        faces.contiguous(), torch.tensor(labels), rows, no, no.clone(), no.clone(), no.clone()
    )
    save_file(vars(part), path)


@pytest.fixture
def compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four validation and three test faces, and a stand-in. → the folder of all"""
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)
    stand_in = peers.Peer(lambda folder: None, lambda _: [sys.executable, str(script), "it"])
    monkeypatch.setattr(peers, "PEERS", {"stand-in": stand_in})
    monkeypatch.setattr(peers, "SUBMISSIONS", tmp_path / "peers")
    (tmp_path / "peers").mkdir()
    write_part(tmp_path / "val.safetensors", [200, 220, 10, 20], [3, 3, 4, 0])
    write_part(tmp_path / "unlabelled.safetensors", [250, 5, 6], [-1, -1, -1])
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *words: str) -> None:
    options = ["--models", "--data", str(folder), "--environments", str(folder / "environments")]
    monkeypatch.setattr("sys.argv", ["peers", *words, *options])
    peers.main()


def test_a_package_is_scored_and_answers_the_test_rows(
    compare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, compare)
    line = next(line for line in capsys.readouterr().out.splitlines() if "stand-in" in line)
    assert line.startswith("| `stand-in` | 75.0% | 30.1% to 95.4% |")  # Wilson's, 3 of 4
    assert line.endswith("| 1.5 | 2 |")
    assert (compare / "peers/stand-in.csv").read_text() == "emotion\n3\n4\n4\n"
    assert (compare / "environments/stand-in/installed").exists()


def test_an_unknown_package_is_named(compare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="unknown peers: nobody; take of stand-in"):
        run(monkeypatch, compare, "nobody")


def test_half_an_installation_is_not_used(compare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (compare / "environments/stand-in").mkdir(parents=True)
    with pytest.raises(BadInput, match="not finished; remove it"):
        run(monkeypatch, compare)


def test_what_fails_ends_in_a_sentence(compare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (compare / "stand_in.py").write_text("raise SystemExit(3)")
    with pytest.raises(BadInput, match=r"stand_in\.py it .* failed"):
        run(monkeypatch, compare)
    assert not (compare / "peers/stand-in.csv").exists()


def test_committed_answers_are_in_kaggles_form() -> None:
    for path in (peers.HERE / "peers").glob("*.csv"):
        header, *rows = path.read_text().splitlines()
        assert header == "emotion", path
        assert len(rows) == 7178, path
        assert set(rows) <= set("0123456"), path
        assert len(np.unique(rows)) > 1, path
