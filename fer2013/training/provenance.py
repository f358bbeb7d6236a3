"""What computes a training: on another kind of machine the same run has other bytes.

Nothing here says which machine it was, by its host's name, or when.
"""

import platform
from pathlib import Path
from typing import Any

import torch

from fer2013.model.device import choose_device
from fer2013.model.precision import resolve_precision
from fer2013.training.config import Train


def computed_on(options: Train) -> dict[str, Any]:
    """What run.json tells of this machine and of what `auto` came to on it.

    Raises:
        BadInput: there is no CUDA GPU, and one is asked for.
    """
    device = choose_device(options.device)
    return {
        "device": device.type,
        "name": name_of(device),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "precision": resolve_precision(options.precision, device),
        "torch": torch.__version__,
        "threads": options.threads,
        "processes": options.processes,
    }


def name_of(device: torch.device) -> str:
    """What the maker calls a GPU or this processor."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor()


def processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    said = (line.partition(":") for line in lines)
    names = [value.strip() for key, _, value in said if key.strip() == "model name"]
    told = str(torch.cpu.get_capabilities().get("cpu_name", ""))
    return next(name for name in (*names, told, platform.processor(), platform.machine()) if name)
