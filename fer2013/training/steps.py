"""The input and target of each training step of an epoch, made from the training part.

order → batches → this process's shard → augmentation by albumentations (uint8)
      → grey levels in 0..1 → batch augmentation → resizing → normalisation → mixing → distillation
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fer2013.base.parts import Part
from fer2013.model.device import autocast
from fer2013.model.inference import to_grey, to_input
from fer2013.training import distributed
from fer2013.training.batch_augment import BatchChain
from fer2013.training.config import Config
from fer2013.training.distillation import distillation_target
from fer2013.training.loading import load
from fer2013.training.losses import Criterion
from fer2013.training.mixing import Mixer
from fer2013.training.resizing import resize, side_at_epoch
from fer2013.training.sampling import Batch, shard


@dataclass(frozen=True)
class Step:
    index: int  # of the batch in the epoch
    batch: Batch  # the whole batch, of all processes
    shard: Batch  # the faces of the batch that this process trains on
    x: Tensor  # [B, 1, S, S], the network's input for the shard
    target: Tensor  # labels [B], or with mixing or distillation probabilities [B, 7]
    weight: float  # of the shard's mean loss in the whole batch's mean loss


def epoch_steps(
    faces: Part,
    batches: list[Batch],
    criterion: Criterion,
    config: Config,
    *,
    teachers: Sequence[nn.Module],
    device: torch.device,
) -> Iterator[Step]:
    """Yield the steps of an epoch; they do not depend on the number of worker processes."""
    epoch, rank, processes = batches[0].epoch, distributed.rank(), distributed.size()
    count, epochs = len(faces), config.train.epochs
    change = BatchChain(config.augment_batch, config.seed, epoch, count=count, device=device)
    mix = Mixer(config.mix, config.seed, epoch, epochs, count=count, device=device)
    side = side_at_epoch(epoch, config.train.sides, epochs)
    labels = epoch_labels(faces, batches).to(device)
    shards = [shard(batch, rank, processes) for batch in batches]
    for index, images in enumerate(load(faces, shards, config, device)):
        batch, own = batches[index], shards[index]
        grey = resize(change(to_grey(images, device), own.span), side)
        x = to_input(grey, config.normalize, channels_last=config.train.channels_last)
        x, target = mix(x, labels[own.span], own.span)
        if config.teachers:
            with autocast(device, config.train.precision):
                target = distillation_target(target, x, teachers, config.teachers.weight)
        yield Step(index, batch, own, x, target, loss_weight(batch, faces.labels, criterion))


def epoch_labels(faces: Part, batches: list[Batch]) -> Tensor:
    """The labels in the epoch's order. → int64 [number of faces in the epoch]"""
    return faces.labels[np.concatenate([batch.faces for batch in batches])]


def loss_weight(batch: Batch, labels: Tensor, criterion: Criterion) -> float:
    """The weight of this process's mean loss in the whole batch's mean loss."""
    processes = distributed.size()
    if processes == 1:
        return 1.0
    divisors = [
        criterion.divisor(labels[shard(batch, rank, processes).faces]) for rank in range(processes)
    ]
    return divisors[distributed.rank()] / sum(divisors)
