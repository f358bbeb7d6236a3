"""The precision that `auto` chooses for a device, and the warning about an emulated one."""

import re
from types import SimpleNamespace

import pytest
import torch

from fer2013.base.sections import read_yaml
from fer2013.model import precision
from fer2013.model.precision import (
    emulation_warning,
    has_bfloat16_instructions,
    multiplies_bfloat16,
    resolve_precision,
)
from fer2013.training.config import resolve
from stages.train import warn_of_emulation
from tests.conftest import REPOSITORY
from tests.fer2013.test_device import run_program

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "has"),
    [
        ({"avx512_f": True, "avx512_bf16": True, "amx_bf16": False}, True),  # Zen 4
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": True}, True),
        ({"architecture": "aarch64", "neon": True, "bf16": True}, True),  # Graviton 3
        ({"architecture": "aarch64", "neon": True, "bf16": False}, False),
        ({"avx2": True, "avx512_f": False, "avx512_bf16": False}, False),  # Zen 3
        ({"avx2": True, "avx512_f": True, "avx512_vnni": True, "avx512_bf16": False}, False),
        ({}, False),
    ],
)
def test_a_processor_has_bfloat16_by_its_own_instructions(
    capabilities: dict[str, bool | str], has: bool
) -> None:
    assert has_bfloat16_instructions(capabilities) == has


@pytest.mark.parametrize(("capability", "has"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_a_gpu_has_bfloat16_from_ampere_on(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], has: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert multiplies_bfloat16(torch.device("cuda")) == has


def test_without_onednn_there_is_no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where torch has no such operation to ask either."""
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    monkeypatch.setattr(torch.ops, "mkldnn", SimpleNamespace())
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"bf16": True})
    assert not multiplies_bfloat16(CPU)


def test_onednn_that_is_held_to_avx2_has_no_bfloat16() -> None:
    output = run_program(
        "import torch; from fer2013.model.precision import multiplies_bfloat16\n"
        "print(multiplies_bfloat16(torch.device('cpu')))",
        ONEDNN_MAX_CPU_ISA="AVX2",
    )
    assert output.stdout == "False\n"


@pytest.mark.parametrize("has", [True, False])
def test_only_auto_asks_the_device(monkeypatch: pytest.MonkeyPatch, has: bool) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _: has)
    assert resolve_precision("auto", CPU) == ("bfloat16" if has else "float32")
    assert resolve_precision("float32", CPU) == "float32"
    assert resolve_precision("bfloat16", CPU) == "bfloat16"


def test_bfloat16_is_warned_of_where_it_is_asked_for_and_emulated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _: False)
    warning = emulation_warning("bfloat16", CPU)
    assert warning is not None
    assert re.search(r"takes \d+\.\d times as long as in float32\. With auto", warning)
    assert emulation_warning("auto", CPU) is None
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _: True)
    assert emulation_warning("bfloat16", CPU) is None


def test_a_training_warns_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda _: False)
    config = resolve(read_yaml(REPOSITORY / "params.yaml"), "resnet").train
    for asked, times in (("auto", 0), ("bfloat16", 1)):
        options = {"precision": asked, "device": "cpu"}
        warn_of_emulation(config.model_copy(update=options))
        assert capsys.readouterr().err.count("warning: train.precision is bfloat16") == times
