"""The kind of machine that a training runs on, since the bytes of its result depend on it.

The host's name and the time are not recorded.
"""

import platform
from pathlib import Path
from typing import Any

import torch

from fer2013.model.device import choose_device
from fer2013.model.precision import resolve_precision
from fer2013.training.config import Train


def computed_on(options: Train) -> dict[str, Any]:
    """The entry `computed_on` of run.json: the hardware, torch, and the precision that is used.

    Raises:
        BadInput: there is no CUDA GPU, and one is asked for.
    """
    device = choose_device(options.device)
    return {
        "device": device.type,
        "name": device_name(device),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "precision": resolve_precision(options.precision, device),
        "torch": torch.__version__,
        "threads": options.threads,
        "processes": options.processes,
    }


def device_name(device: torch.device) -> str:
    """The product name of the GPU or of this processor."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor_name()


def processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    fields = (line.partition(":") for line in lines)
    names = [value.strip() for key, _, value in fields if key.strip() == "model name"]
    names.append(str(torch.cpu.get_capabilities().get("cpu_name", "")))
    return next(name for name in (*names, platform.processor(), platform.machine()) if name)
