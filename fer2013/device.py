"""Where torch computes, and that it computes the same each time."""

import os

import torch
from torch import nn

from fer2013.config import Train
from fer2013.errors import BadInput


def prepare_device(name: str, threads: int) -> torch.device:
    """Choose the device (auto, cpu or cuda), and make every operation on it repeatable.

    Raises:
        BadInput: there is no CUDA GPU, and one is asked for.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuBLAS is not repeatable
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(threads)
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise BadInput("params.yaml: device is cuda, but torch finds no GPU; take auto or cpu.")
    return torch.device(name)


def placed(network: nn.Module, options: Train, device: torch.device) -> nn.Module:
    """Move a network to a device, its filters in the memory order that is faster there."""
    return network.to(device).to(memory_format=memory_format(options))  # type: ignore[call-overload]


def memory_format(options: Train) -> torch.memory_format:
    return torch.channels_last if options.channels_last else torch.contiguous_format
