"""Benchmarks print their tables, here of something small. What they measure is not tested."""

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import browser, detectors, floor, serve
from fer2013.predict.onnx_backend import OnnxBackend
from tests.benchmarks.conftest import Printed, cells
from tests.browser import needs_chromium
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import exported, predictor  # noqa: F401  fixtures
from tests.tools.web.conftest import FIRST, models, site  # noqa: F401  fixtures


@pytest.mark.long
def test_speed_has_a_step_and_an_epoch(with_tensors: Path) -> None:
    """In a process of its own, as it forks and PyTorch's threads do not survive that."""
    command = "-m benchmarks.speed vit --rounds 1 --steps 1 --faces 140"
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    rows = cells(
        subprocess.check_output([sys.executable, *command.split()], env=environment, text=True)
    )[2:]
    assert [row[:2] for row in rows] == [["`vit`", "a step"], ["`vit`", "an epoch"]]
    assert all(int(speed.replace(",", "")) > 0 for row in rows for speed in row[2:4])


def test_the_floor_has_each_layer_as_it_is_called() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 9, 7))
    with torch.autocast("cpu", torch.bfloat16):
        calls = floor.layer_calls(network, torch.zeros(2, 1, 8, 8))
        assert floor.seconds(calls, repeats=2) > 0
    assert [(*call.given.shape,) for call in calls] == [(2, 1, 8, 8), *[(2, 4, 3, 3)] * 2, (2, 36)]
    assert [call.given.needs_gradient for call in calls] == [False, True, True, True]
    assert [call.given.dtype for call in calls] == [torch.float32, *[torch.bfloat16] * 3]


def test_serve_compares_runtimes_by_turns(
    exported: Path,  # noqa: F811
    printed: Printed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "load", lambda _, __, threads: OnnxBackend(exported, threads))
    rows = printed(serve.main, "tiny", "--rounds", "2", "--faces", "8")[2:]
    settings = [[threads, batch] for threads in "12" for batch in ("1", "64")]
    assert [row[1:4] for row in rows] == [[*s, r] for s in settings for r in serve.RUNTIMES]
    assert all(row[7] == "1.00 (1.00 to 1.00)" for row in rows[::3])  # torch itself


def test_detectors_have_a_row_for_each_kind_of_picture(
    printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [next(detectors.cases()), *islice(detectors.without_faces(), 2, 3)]
    monkeypatch.setattr(detectors, "cases", lambda: few)
    rows = {row[0]: row[1:] for row in printed(detectors.main)}
    assert rows["as it is"][:2] == ["1 of 1, + 0"] * 2
    assert all(cell.startswith("0 of 0") for cell in rows["no face: noise"])
    assert all(cell.endswith(" ms") for cell in rows["median of a picture"])


@needs_chromium
def test_browser_tells_what_a_frame_costs(
    site: Path,  # noqa: F811
    printed: Printed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(site.parent)
    *_, row = printed(browser.main, FIRST, "--frames", "2")
    assert row[:2] == [f"`{FIRST}`", "float32"]
    opening, frame, detector = map(int, row[3:])
    assert opening > 0
    assert 0 < detector <= frame
