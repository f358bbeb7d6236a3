"""The device and the settings with which torch gives the same result each time."""

import ctypes
import os
from contextlib import AbstractContextManager

import torch
from torch import nn

from fer2013.model.precision import resolve_precision
from fer2013.runtime.errors import BadInput


def prepare_device(name: str, threads: int) -> torch.device:
    """Choose the device (auto, cpu or cuda), and make every operation on it repeatable.

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
    return choose_device(name)


def choose_device(name: str) -> torch.device:
    """The device that auto, cpu or cuda means on this machine.

    Raises:
        BadInput: there is no CUDA GPU, and one is asked for.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise BadInput("params.yaml: device is cuda, but torch finds no GPU; take auto or cpu.")
    return torch.device(name)


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


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """A context in which convolutions and matrix products use `precision` (see precision.py).

    Weights and their updates stay float32 (Micikevicius et al. 2018, arXiv:1710.03740). bfloat16
    has float32's range, so the loss needs no scaling (Kalamkar et al. 2019, arXiv:1905.12322).
    """
    bfloat16 = resolve_precision(precision, device) == "bfloat16"
    return torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)


def to_device(network: nn.Module, device: torch.device, *, channels_last: bool) -> nn.Module:
    """Move a network to a device, with its filters in the wanted memory format."""
    network = network.to(device)
    return network.to(memory_format=memory_format(channels_last))  # type: ignore[call-overload]


def memory_format(channels_last: bool) -> torch.memory_format:
    return torch.channels_last if channels_last else torch.contiguous_format
