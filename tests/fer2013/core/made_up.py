"""Faces and configurations for the tests of training."""

from typing import Any

import torch

from fer2013.core.config import Config, merge, resolve
from fer2013.core.parts import Part
from fer2013.core.sections import check, read_yaml
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
SMALL = {"epochs": 3, "batch_size": 16, "threads": 1, "precision": "float32"}
IN_BATCHES = [
    {"name": "flip", "p": 0.5},
    {"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 0.9},
    {"name": "cutout", "size": 12, "p": 0.5},
]


def configured(model: str, **changes: Any) -> Config:
    """A model's recipe, made short, with these changes."""
    recipe = merge(resolve(PARAMS, model).model_dump(), {"train": SMALL})
    return check(Config, merge(recipe, changes), "test")


def part(count: int, seed: int) -> Part:
    """Noise on which a class is a brightness: learnable, but not in an instant."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 7
    noise = torch.randint(0, 100, (count, 1, 48, 48), generator=generator)
    faces = (noise + 20 * labels.reshape(-1, 1, 1, 1)).to(torch.uint8)
    flags = [torch.zeros(count, dtype=torch.bool) for _ in range(4)]
    return Part(faces, labels, torch.arange(count), *flags)
