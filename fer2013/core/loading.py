"""Batches of augmented training faces, prepared by worker processes ahead of the training step."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fer2013.core.augment import Augmenter
from fer2013.core.config import Config
from fer2013.core.parts import Part
from fer2013.core.sampling import Batch
from fer2013.runtime.errors import BadInput, writing

MOST_WORKERS = 256


class AugmentedFaces(Dataset[np.ndarray]):
    """A data set whose items are whole batches, augmented by albumentations (augment.py)."""

    def __init__(self, part: Part, augment: Augmenter) -> None:
        self.faces = part.faces.numpy()
        self.augment = augment

    def __getitem__(self, batch: Batch) -> np.ndarray:
        faces = [
            self.augment(self.faces[face, 0], batch.epoch, batch.start + offset)
            for offset, face in enumerate(batch.faces)
        ]
        return np.stack(faces)[:, None]  # [B, 1, 48, 48]


def load(
    faces: Part, batches: list[Batch], config: Config, device: torch.device
) -> Iterator[Tensor]:
    """Yield the faces of each batch, uint8 [B, 1, 48, 48], augmented by worker processes.

    The workers send NumPy arrays, which go through pipes. Tensors would go through /dev/shm, which
    is small in containers, and training would hang when it is full. On a GPU, no workers are needed
    without albumentations: all faces are copied to the GPU once.
    """
    if device.type == "cuda" and not config.augment:
        yield from load_from_device(faces, batches, device)
        return
    augment = Augmenter(config.augment, config.seed)
    workers = worker_count(config.train.threads)
    loader = DataLoader(
        AugmentedFaces(faces, augment),
        sampler=batches,
        batch_size=None,
        num_workers=workers,
        collate_fn=unchanged,
    )
    with writing(Path("/dev/shm")):  # the workers' semaphores are there
        arrays = iter(loader)
    for images in arrays:
        yield torch.from_numpy(images)


def load_from_device(faces: Part, batches: list[Batch], device: torch.device) -> Iterator[Tensor]:
    """Copy all faces to the device and yield those of each batch, uint8 [B, 1, 48, 48]."""
    images = faces.faces.to(device)
    order = torch.from_numpy(np.concatenate([batch.faces for batch in batches])).to(device)
    for indices in order.split([len(batch.faces) for batch in batches]):
        yield images[indices]


def unchanged(batch: Any) -> Any:
    return batch


def worker_count(threads: int) -> int:
    """FER2013_WORKERS, or as many workers as there are cores that the training threads do not use.

    Results do not depend on it, so it is an environment variable and not in params.yaml.

    Raises:
        BadInput: FER2013_WORKERS is not a number of processes.
    """
    wanted = os.environ.get("FER2013_WORKERS")
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and int(wanted) <= MOST_WORKERS):
            raise BadInput(
                f"FER2013_WORKERS is {wanted!r}; it should be a whole number from 0 to "
                f"{MOST_WORKERS}, of processes that augment faces."
            )
        return int(wanted)
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # training processes on this machine
    return min(8, max(0, usable_processors() // processes - threads))


def usable_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS pins no process
