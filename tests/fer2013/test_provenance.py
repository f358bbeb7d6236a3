"""run.json describes the machine that a model was trained on."""

import json
import os
import re
import socket
from pathlib import Path

import pytest
import torch

from fer2013.base.sections import read_yaml
from fer2013.model import precision
from fer2013.reporting.result_files import ComputedOn
from fer2013.training import provenance
from fer2013.training.config import Train, resolve
from fer2013.training.provenance import computed_on
from tests.conftest import REPOSITORY

TRAIN = resolve(read_yaml(REPOSITORY / "params.yaml"), "resnet").train


def options(**changes: object) -> Train:
    return TRAIN.model_copy(update={"device": "cpu", **changes})


def test_it_has_everything_that_the_bytes_depend_on() -> None:
    found = computed_on(options(threads=2, processes=3, precision="float32"))
    assert found["device"] == "cpu"
    assert found["name"]
    assert found["cpu_capability"] == torch.backends.cpu.get_cpu_capability()
    assert found["torch"] == torch.__version__
    assert (found["precision"], found["threads"], found["processes"]) == ("float32", 2, 3)
    assert ComputedOn.model_validate(found).model_dump() == found  # what reads it knows all of it


@pytest.mark.parametrize("has", [True, False])
def test_it_has_the_precision_chosen_by_auto(monkeypatch: pytest.MonkeyPatch, has: bool) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _: has)
    expected = "bfloat16" if has else "float32"
    assert computed_on(options(precision="auto"))["precision"] == expected


def test_it_names_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H100")
    found = computed_on(options(device="auto", precision="bfloat16"))
    assert (found["device"], found["name"]) == ("cuda", "NVIDIA H100")


@pytest.mark.parametrize(
    ("cpuinfo", "from_torch", "name"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC 9R14\n", "AMD EPYC", "AMD EPYC 9R14"),
        ("processor\t: 0\nCPU part\t: 0xd40\n", "Neoverse V1", "Neoverse V1"),  # Arm
        (None, "Apple M2", "Apple M2"),
    ],
)
def test_a_processor_is_named_by_linux_or_by_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cpuinfo: str | None, from_torch: str, name: str
) -> None:
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    monkeypatch.setattr(provenance, "Path", lambda _: tmp_path / "cpuinfo")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"cpu_name": from_torch})
    assert provenance.processor_name() == name


def test_it_tells_no_host_path_or_time() -> None:
    first = json.dumps(computed_on(TRAIN))
    assert first == json.dumps(computed_on(TRAIN))
    # Not as a word by itself: a host may be called `cpu`.
    assert not re.search(rf'"{re.escape(socket.gethostname())}"', first)
    assert os.environ.get("HOME", "/root") not in first
