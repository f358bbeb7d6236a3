"""The comparison with other packages, here with a stand-in that is installed from nowhere."""

import sys
from pathlib import Path

import pytest

from benchmarks import peers
from fer2013.core.parts import read_part
from fer2013.runtime.errors import BadInput
from tests.benchmarks.conftest import FACES, Printed

# It takes a face's first pixel for its class.
STAND_IN = """
import json, sys
import numpy as np
_, name, faces, answers = sys.argv
faces = np.fromfile(faces, np.uint8).reshape(-1, 48, 48)
np.eye(7, dtype=np.float32)[faces[:, 0, 0] % 7].tofile(answers)
print(json.dumps({"milliseconds": 1.5, "bytes": 2500}))
"""


@pytest.fixture
def stand_in(with_tensors: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """→ its script, in the folder of all"""
    script = with_tensors / "stand_in.py"
    script.write_text(STAND_IN)
    peer = peers.Peer(lambda folder: None, lambda _: [sys.executable, str(script), "it"])
    monkeypatch.setattr(peers, "PEERS", {"stand-in": peer})
    monkeypatch.setattr(peers, "SUBMISSIONS", with_tensors)
    return script


def compare(printed: Printed) -> list[list[str]]:
    return printed(peers.main, "--models", "--environments", "environments")


def test_a_package_is_scored_and_answers_the_test_rows(stand_in: Path, printed: Printed) -> None:
    row = compare(printed)[2]
    val, test = (
        read_part(Path(f"data/tensors/{name}.safetensors")) for name in ("val", "unlabelled")
    )
    right = (val.faces[:, 0, 0, 0] % 7 == val.labels).sum().item()
    assert row[:2] == ["`stand-in`", f"{right / FACES:.1%}"]
    assert row[-2:] == ["1.5", "2"]
    answers = [str(pixel) for pixel in (test.faces[:, 0, 0, 0] % 7).tolist()]
    assert Path("stand-in.csv").read_text().splitlines() == ["emotion", *answers]


def test_what_fails_ends_in_a_sentence(stand_in: Path, printed: Printed) -> None:
    stand_in.write_text("raise SystemExit(3)")
    with pytest.raises(BadInput, match=r"stand_in\.py it .* failed"):
        compare(printed)
    assert not Path("stand-in.csv").exists()


def test_committed_answers_are_in_kaggles_form() -> None:
    for path in (peers.HERE / "peers").glob("*.csv"):
        header, *rows = path.read_text().splitlines()
        assert (header, len(rows)) == ("emotion", 7178), path
        assert {*rows} <= {*"0123456"} and len({*rows}) > 1, path
