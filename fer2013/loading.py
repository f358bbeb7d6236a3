"""Batches of augmented training faces, made by worker processes ahead of the training step."""

import os

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fer2013.augment import Chain
from fer2013.config import Config
from fer2013.parts import Part
from fer2013.sampling import Batch


class AugmentedFaces(Dataset[tuple[Tensor, Tensor]]):
    """A whole batch an item, augmented; see `augment.py` for what the augmentation depends on."""

    def __init__(self, part: Part, chain: Chain) -> None:
        self.faces, self.labels = part.faces.numpy(), part.labels
        self.chain = chain

    def __getitem__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        faces = [
            self.chain(self.faces[face, 0], batch.epoch, batch.place + offset)
            for offset, face in enumerate(batch.faces)
        ]
        return torch.from_numpy(np.stack(faces)).unsqueeze(1), self.labels[batch.faces]


def load(faces: Part, batches: list[Batch], config: Config) -> DataLoader[tuple[Tensor, Tensor]]:
    """Yield the batches in order, augmented by worker processes."""
    chain = Chain(config.augment, config.seed)
    return DataLoader(
        AugmentedFaces(faces, chain),
        sampler=batches,
        batch_size=None,
        num_workers=worker_count(config.train.threads),
    )


def worker_count(threads: int) -> int:
    """FER2013_WORKERS, or this process's share of the processors that training leaves free.

    Results do not depend on it, so it is no parameter of a stage.
    """
    wanted = os.environ.get("FER2013_WORKERS")
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # that train on this machine
    free = len(os.sched_getaffinity(0)) // processes - threads
    return int(wanted) if wanted else min(8, max(0, free))
