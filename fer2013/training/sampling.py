"""Which faces an epoch trains on, in which order and in which batches."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fer2013.base.seeds import derive_seed


class Batch(NamedTuple):
    """One batch's faces, and where it stands: all that its augmentation depends on."""

    epoch: int
    place: int  # of its first face in the epoch's order
    faces: np.ndarray  # int64 [B], places in the training part


def shuffled(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Every face once."""
    return torch.randperm(len(labels), generator=generator)


def balanced(labels: Tensor, generator: torch.Generator) -> Tensor:
    """len(labels) draws with replacement, each face with weight 1 / its class's count."""
    weights = 1.0 / torch.bincount(labels).double()[labels]
    return torch.multinomial(weights, len(labels), replacement=True, generator=generator)


SAMPLERS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "shuffled": shuffled,
    "balanced": balanced,
}


def epoch_batches(
    sampler: str, labels: Tensor, batch_size: int, seed: int, epoch: int
) -> list[Batch]:
    """Cut an epoch's order into batches; a function of its arguments only.

    A last batch of one face is left out: batch normalisation cannot train on it.
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "order", epoch))
    order = SAMPLERS[sampler](labels, generator).numpy()
    batches = [
        Batch(epoch, place, order[place : place + batch_size])
        for place in range(0, len(order), batch_size)
    ]
    return [batch for batch in batches if len(batch.faces) > 1]


def part_of(batch: Batch, rank: int, processes: int) -> Batch:
    """One process's part of a batch: consecutive faces, so that all parts make the whole.

    It holds whole pairs of faces, as they may be mixed with each other.
    A batch of fewer than two faces a process goes whole to each, as batch normalisation cannot
    train on one.
    """
    count = len(batch.faces)
    if processes == 1 or count < 2 * processes:
        return batch
    pairs = count // 2
    first, end = (2 * (pairs * place // processes) for place in (rank, rank + 1))
    if rank == processes - 1:
        end = count
    return Batch(batch.epoch, batch.place + first, batch.faces[first:end])
