"""A hash of all that a training's result depends on: the run's id and its resume file's name."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from fer2013.model.config import ModelConfig
from fer2013.model.device import choose_device
from fer2013.model.precision import resolve_precision
from fer2013.training.config import Config


def fingerprint(config: Config, data: list[Path], teachers: Sequence[ModelConfig] = ()) -> str:
    """Hash the configuration, the data files, the imported fer2013 modules, torch and device.

    `data` includes the teachers' weights. What their networks compute also depends on options that
    change no weight's shape, such as a number of attention heads.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(config.model_dump_json().encode())
    digest.update(_arithmetic(config).encode())
    for teacher in teachers:
        digest.update(teacher.model_dump_json(include={"network", "normalize"}).encode())
    for path in data + _code_in_use():
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def _arithmetic(config: Config) -> str:
    """torch's version and instruction set, and the device and precision that are used."""
    device = choose_device(config.train.device)
    precision = resolve_precision(config.train.precision, device)
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{torch.__version__} {capability} {device.type} {precision}"


def _code_in_use() -> list[Path]:
    """The files of the imported fer2013 modules, except runtime, which no result depends on."""
    files = [
        sys.modules[name].__file__
        for name in sorted(sys.modules)
        if name.startswith("fer2013.") and not name.startswith("fer2013.runtime")
    ]
    return [Path(file) for file in files if file is not None]
