"""What params.yaml says of device and precision becomes one value, `Compute`."""

import os
import platform
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from fer2013.core import device
from fer2013.core.device import CPU, computed_on, multiplies_bfloat16, prepare
from tests.conftest import REPOSITORY

STEPS = """
import resource, torch
from fer2013.core.device import prepare
prepare("cpu", 1)
def pages(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def step(): return [torch.ones(4_000_000) for _ in range(5)] and None
step()
before = pages()
for _ in range(5): step()
print(pages() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's malloc is told")
def test_a_step_takes_the_memory_that_the_last_one_freed() -> None:
    """Untold, it fetches each tensor's 3,906 pages from the kernel: some 80,000 in all.

    Told, it fetches a step's worth at most, where the heap has to grow once more.
    """
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", STEPS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 25_000


@pytest.mark.parametrize(
    ("capabilities", "has"),
    [
        ({"avx512_f": True, "avx512_bf16": True, "amx_bf16": False}, True),  # Zen 4
        ({"architecture": "aarch64", "neon": True, "bf16": True}, True),  # Graviton 3
        ({"avx2": True, "avx512_f": True, "avx512_vnni": True, "avx512_bf16": False}, False),
        ({}, False),
    ],
)
def test_a_processor_has_bfloat16_by_its_own_instructions(
    capabilities: dict[str, bool | str], has: bool
) -> None:
    assert device.has_bfloat16_instructions(capabilities) == has


@pytest.mark.parametrize(("capability", "has"), [((7, 5), False), ((8, 0), True)])
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
    assert not multiplies_bfloat16(torch.device("cpu"))


@pytest.mark.parametrize("has", [True, False])
def test_only_auto_asks_the_device(monkeypatch: pytest.MonkeyPatch, has: bool) -> None:
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda _: has)
    auto = torch.bfloat16 if has else torch.float32
    assert prepare("cpu", 1, precision="auto").matmul == auto
    assert prepare("cpu", 1, precision="float32").matmul == torch.float32
    assert prepare("cpu", 1, precision="bfloat16").matmul == torch.bfloat16
    assert prepare("cpu", 1, precision="auto", dtype=torch.float64).matmul == torch.float64


def test_run_json_has_what_the_bytes_depend_on() -> None:
    found = computed_on(CPU, threads=2, processes=3)
    assert found["name"]
    assert found["cpu_capability"] == torch.backends.cpu.get_cpu_capability()
    assert found["torch"] == torch.__version__
    assert (found["device"], found["precision"]) == ("cpu", "float32")
    assert (found["threads"], found["processes"]) == (2, 3)
