"""A hash of all that a training's result depends on: its run's id, and its resume file's name."""

import hashlib
import sys
from pathlib import Path

import torch

from fer2013.training.config import Config


def fingerprint(config: Config, data: list[Path]) -> str:
    """Hash the configuration, the data files, the fer2013 modules in use, and torch's build."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(config.model_dump_json().encode())
    digest.update(f"{torch.__version__} {torch.backends.cpu.get_cpu_capability()}".encode())
    for path in data + _code_in_use():
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def _code_in_use() -> list[Path]:
    """The files of the imported fer2013 modules; no result depends on those of runtime."""
    files = [
        sys.modules[name].__file__
        for name in sorted(sys.modules)
        if name.startswith("fer2013.") and not name.startswith("fer2013.runtime")
    ]
    return [Path(file) for file in files if file is not None]
