"""The input and target of each training step of an epoch, made from the training part.

order → batches → this process's shard → augmentation by albumentations (uint8), by worker processes
      → grey levels in 0..1 → batch augmentation → normalisation → mixing → distillation
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fer2013.core import distributed
from fer2013.core.augment import Augmenter
from fer2013.core.batch_augment import BatchAugmenter
from fer2013.core.config import Config
from fer2013.core.distillation import distillation_target
from fer2013.core.inference import to_grey, to_input
from fer2013.core.mixing import Mixer
from fer2013.core.parts import Part
from fer2013.core.run import Run
from fer2013.core.sampling import Batch, shard
from fer2013.runtime.errors import BadInput, writing


@dataclass(frozen=True)
class Step:
    batch: Batch  # the whole batch, of all processes
    shard: Batch  # the faces of the batch that this process trains on
    x: Tensor  # [B, 1, 48, 48], the network's input for the shard
    target: Tensor  # labels [B], or with mixing or distillation probabilities [B, 7]
    weight: float  # of the shard's mean loss in the whole batch's mean loss


def epoch_steps(run: Run, faces: Part, batches: list[Batch]) -> Iterator[Step]:
    """Yield the steps of an epoch; they do not depend on the number of worker processes."""
    config, compute, criterion = run.config, run.compute, run.criterion
    seed, epoch, epochs = config.seed, batches[0].epoch, config.train.epochs
    count, device = len(faces), compute.device
    augment = BatchAugmenter(config.augment_batch, seed, epoch, count=count, device=device)
    mix = Mixer(config.mix, seed, epoch, epochs, count=count, device=device)
    shards = [shard(batch, distributed.rank(), distributed.size()) for batch in batches]
    images = load(faces, shards, config, device)
    for batch, own, pixels in zip(batches, shards, images, strict=True):
        grey = augment(to_grey(pixels, compute), own.span)
        x = to_input(grey, config.normalize, compute)
        labels = faces.labels[own.faces]
        x, target = mix(x, labels.to(device), own.span)
        if config.teachers:
            with compute.autocast():
                target = distillation_target(target, x, run.teachers, config.teachers.weight)
        # Of weighted faces, a shard counts by the sum of its weights, not by its size.
        whole = criterion.normalizer(faces.labels[batch.faces])
        yield Step(batch, own, x, target, weight=criterion.normalizer(labels) / whole)


def load(
    faces: Part, batches: list[Batch], config: Config, device: torch.device
) -> Iterator[Tensor]:
    """Yield the faces of each batch, uint8 [B, 1, 48, 48], augmented by worker processes.

    The workers send NumPy arrays, which go through pipes. Tensors would go through /dev/shm, which
    is small in containers, and training would hang when it is full. On a GPU, no workers are needed
    without albumentations.
    """
    if device.type == "cuda" and not config.augment:
        yield from (faces.faces[batch.faces] for batch in batches)
        return
    loader = DataLoader(
        AugmentedFaces(faces, Augmenter(config.augment, config.seed)),
        sampler=batches,
        batch_size=None,
        num_workers=worker_count(config.train.threads),
        collate_fn=np.asarray,  # which leaves them as they are
    )
    with writing(Path("/dev/shm")):  # the workers' semaphores are there
        arrays = iter(loader)
    for images in arrays:
        yield torch.from_numpy(images)


class AugmentedFaces(Dataset[np.ndarray]):
    """A data set whose items are whole batches, augmented by albumentations (augment.py)."""

    def __init__(self, part: Part, augment: Augmenter) -> None:
        self.faces, self.augment = part.faces.numpy(), augment

    def __getitem__(self, batch: Batch) -> np.ndarray:
        faces = [
            self.augment(self.faces[face, 0], batch.epoch, batch.start + offset)
            for offset, face in enumerate(batch.faces)
        ]
        return np.stack(faces)[:, None]  # [B, 1, 48, 48]


def worker_count(threads: int) -> int:
    """FER2013_WORKERS, or as many workers as there are cores that the training threads do not use.

    Results do not depend on it, so it is an environment variable and not in params.yaml.

    Raises:
        BadInput: FER2013_WORKERS is not a number of processes.
    """
    if wanted := os.environ.get("FER2013_WORKERS"):
        if not wanted.isdecimal():
            raise BadInput(f"FER2013_WORKERS is {wanted!r}; it should be a number of processes.")
        return int(wanted)
    # macOS pins no process to cores.
    pinned = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if pinned else os.cpu_count() or 1
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # training processes on this machine
    return min(8, max(0, cores // processes - threads))
