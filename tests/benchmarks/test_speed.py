"""benchmarks/speed.py runs, on a few faces. The speeds that it measures are not tested."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import floor, rounds, speed
from fer2013.runtime.errors import BadInput
from tests.benchmarks.data_set import write_data_set
from tests.conftest import REPOSITORY


@pytest.mark.long
def test_every_part_prints_its_table(in_copy: Path) -> None:
    """In a process of its own, as it forks and PyTorch's threads do not survive that."""
    write_data_set(in_copy / "csv", 240)
    options = ["--rounds", "1", "--steps", "1", "--csv", "csv", "--models", "cnn_sgd", "sprint"]
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed", *speed.MEASUREMENTS, *options],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    tables = output.stdout.strip().split("\n\n")
    assert len(tables) == 5
    for table in tables[2:]:  # of a step, an epoch, evaluation
        cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
        assert [row[0] for row in cells] == ["`cnn_sgd`", "`sprint`"]
        assert float(cells[0][3]) > 0  # the ratio
        assert cells[1][2:4] == ["", ""]  # the notebook has no sprint


def test_repro_is_not_timed_where_it_has_work_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "run_dvc", lambda *_: "Running stage 'split'")
    with pytest.raises(BadInput, match="dvc repro has work to do"):
        speed.refuse_work([])


def test_turns_alternate(tmp_path: Path) -> None:
    def contestant(name: str) -> rounds.Measure:
        def measure() -> str:
            with (tmp_path / "log").open("a", encoding="utf-8") as log:
                log.write(name)
            return name

        return measure

    measured = rounds.by_turns(3, lambda: contestant("a"), lambda: contestant("b"))
    assert measured == [["a"] * 3, ["b"] * 3]
    assert (tmp_path / "log").read_text(encoding="utf-8") == "ababab"


def test_ratios_say_their_median_and_range() -> None:
    assert rounds.ratios([2.0, 9.0, 4.0], [1.0, 3.0, 1.0]) == "3.00 (2.00 to 4.00)"


def test_the_floor_has_each_layer_as_it_is_called() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 7))
    calls = floor.layer_calls(network, torch.zeros(2, 1, 8, 8))
    assert [call.given.shape for call in calls] == [
        (2, 1, 8, 8),
        (2, 4, 3, 3),
        (2, 4, 3, 3),
        (2, 36),
    ]
    assert [call.given.needs_gradient for call in calls] == [False, True, True, True]
    assert floor.seconds(calls, repeats=2) > 0
    with torch.autocast("cpu", torch.bfloat16):
        calls = floor.layer_calls(network, torch.zeros(2, 1, 8, 8))
        assert floor.seconds(calls, repeats=2) > 0
    assert [call.given.dtype for call in calls] == [torch.float32, *[torch.bfloat16] * 3]
