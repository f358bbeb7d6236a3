"""Where torch computes, and that it computes the same each time."""

import os

import torch
from torch import nn

from fer2013.config import Train


def prepare_device(options: Train) -> torch.device:
    """Choose the device, and make every operation on it repeatable."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuBLAS is not repeatable
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(options.threads)
    if options.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(options.device)


def placed(network: nn.Module, options: Train, device: torch.device) -> nn.Module:
    """Move a network to a device, its filters in the memory order that is faster there."""
    return network.to(device).to(memory_format=memory_format(options))  # type: ignore[call-overload]


def memory_format(options: Train) -> torch.memory_format:
    return torch.channels_last if options.channels_last else torch.contiguous_format
