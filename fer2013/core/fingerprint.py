"""A hash of all that a training's result depends on: the run's id and its resume file's name."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch

from fer2013.core.config import Config
from fer2013.core.device import Compute
from fer2013.core.inference import ModelConfig

LIBRARY = Path(__file__).parents[1]


def fingerprint(
    config: Config, compute: Compute, data: list[Path], teachers: Sequence[ModelConfig] = ()
) -> str:
    """Hash the configuration, the data files, the code that trains, torch and the device.

    `data` includes the teachers' weights. What their networks compute also depends on options that
    change no weight's shape, such as a number of attention heads.
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(config.model_dump_json().encode())
    capability = torch.backends.cpu.get_cpu_capability()
    machine = f"{torch.__version__} {capability} {compute.device.type} {compute.matmul}"
    digest.update(machine.encode())
    for teacher in teachers:
        digest.update(teacher.model_dump_json(include={"network", "normalize"}).encode())
    networks = {config.network["name"], *(teacher.network["name"] for teacher in teachers)}
    for path in data + code_of(networks):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def code_of(networks: set[str]) -> list[Path]:
    """The files of code that dvc.yaml's train stages name."""
    files = sorted((LIBRARY / "core").glob("*.py"))
    return files + [LIBRARY / "networks" / f"{name}.py" for name in sorted(networks)]
