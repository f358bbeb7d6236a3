"""Where and in which precision a network computes, with the same result each time.

`prepare` resolves this once for a training; what it returns is passed down.
"""

import ctypes
import os
import platform
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fer2013.core.sections import Device
from fer2013.runtime.errors import BadInput


@dataclass(frozen=True)
class Compute:
    """Where and in which types a network computes."""

    device: torch.device
    channels_last: bool = False
    dtype: torch.dtype = torch.float32  # of weights and inputs; the golden tests have float64
    matmul: torch.dtype = torch.float32  # of convolutions and matrix products

    def autocast(self) -> AbstractContextManager[None]:
        """A context in which convolutions and matrix products are computed in `matmul`.

        Weights and their updates stay float32 (Micikevicius et al. 2018, arXiv:1710.03740).
        bfloat16 has float32's range, so the loss needs no scaling (Kalamkar et al. 2019,
        arXiv:1905.12322).
        """
        mixed = self.matmul != self.dtype
        return torch.autocast(self.device.type, torch.bfloat16, enabled=mixed)

    def place(self, network: nn.Module) -> nn.Module:
        """Move a network here, with its filters in the wanted memory format."""
        network = network.to(self.device, self.dtype)
        return network.to(memory_format=self.memory_format)  # type: ignore[call-overload]

    @property
    def memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.channels_last else torch.contiguous_format


CPU = Compute(torch.device("cpu"))


def prepare(
    device: Device,
    threads: int,
    *,
    channels_last: bool = False,
    precision: str = "float32",
    dtype: torch.dtype = torch.float32,
) -> Compute:
    """Resolve what params.yaml says of device and precision, and make all operations repeatable.

    `precision` auto is bfloat16 where the device has instructions for it, and float32 elsewhere,
    where torch emulates bfloat16 many times as slowly.

    Raises:
        BadInput: there is no CUDA GPU, and one is asked for.
    """
    # Without this setting cuBLAS is not deterministic.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Our code never reads uninitialised memory, and filling it takes a sixth of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    keep_freed_memory()
    torch.set_num_threads(threads)
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise BadInput("params.yaml: device is cuda, but torch finds no GPU; take auto or cpu.")
    chosen = torch.device("cuda" if has_gpu and device != "cpu" else "cpu")
    bfloat16 = precision == "bfloat16" or (precision == "auto" and multiplies_bfloat16(chosen))
    matmul = torch.bfloat16 if bfloat16 and dtype == torch.float32 else dtype
    return Compute(chosen, channels_last, dtype, matmul)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Does the device have bfloat16 instructions? Without them torch emulates bfloat16."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities = torch.cpu.get_capabilities()
    has = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    # oneDNN uses them; torch for macOS is without it.
    uses = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return bool(has and uses)


def keep_freed_memory() -> None:
    """Tell glibc's malloc to reuse freed memory instead of returning it to the kernel.

    Each step allocates activations of the same sizes as the step before. Memory from the kernel
    comes in pages that it has to clear first: a fifth of the time of a small network's step.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # the C library is not glibc
        return
    mallopt(-3, 2**31 - 1)  # M_MMAP_THRESHOLD: allocate large blocks on the heap too
    mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD: never return the free end of the heap
    mallopt(-2, 200_000_000)  # M_TOP_PAD: enlarge the heap in large steps


def computed_on(compute: Compute, *, threads: int, processes: int) -> dict[str, Any]:
    """The entry `computed_on` of run.json: what a result's bytes depend on.

    The host's name and the time are not recorded.
    """
    device = compute.device
    is_gpu = device.type == "cuda"
    return {
        "device": device.type,
        "name": torch.cuda.get_device_name(device) if is_gpu else processor_name(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "precision": str(compute.matmul).removeprefix("torch."),
        "torch": torch.__version__,
        "threads": threads,
        "processes": processes,
    }


def processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.exists() else ""
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()
