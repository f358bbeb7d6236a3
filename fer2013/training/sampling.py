"""Which faces an epoch trains on, in which order and in which batches."""

from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from fer2013.base.sections import Section
from fer2013.base.seeds import derive_seed


class Shuffled(Section):
    """Every training face once an epoch."""

    name: Literal["shuffled"]

    def order(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        return torch.randperm(len(labels), generator=generator)


class Balanced(Section):
    """As many draws as training faces, with replacement, each class equally likely."""

    name: Literal["balanced"]

    def order(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Each face is drawn with weight 1 / its class's count."""
        weights = 1.0 / torch.bincount(labels).double()[labels]
        return torch.multinomial(weights, len(labels), replacement=True, generator=generator)


Sampler = Annotated[Shuffled | Balanced, Field(discriminator="name")]


class Batch(NamedTuple):
    """One batch's faces, and where it stands: all that its augmentation depends on."""

    epoch: int
    start: int  # index of its first face in the epoch's order
    faces: np.ndarray  # int64 [B], indices into the training part

    @property
    def span(self) -> slice:
        """The batch's indices in the epoch's order."""
        return slice(self.start, self.start + len(self.faces))


def epoch_batches(
    sampler: Sampler, labels: Tensor, batch_size: int, seed: int, epoch: int
) -> list[Batch]:
    """Cut an epoch's order into batches; a function of its arguments only.

    A last batch of one face is left out: batch normalisation cannot train on it.
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "order", epoch))
    order = sampler.order(labels, generator).numpy()
    batches = [
        Batch(epoch, start, order[start : start + batch_size])
        for start in range(0, len(order), batch_size)
    ]
    return [batch for batch in batches if len(batch.faces) > 1]


def shard(batch: Batch, rank: int, processes: int) -> Batch:
    """One process's share of a batch: consecutive faces, so that all shards make the whole.

    It holds whole pairs of faces, as they may be mixed with each other.
    A batch of fewer than two faces a process goes whole to each, as batch normalisation cannot
    train on one.
    """
    count = len(batch.faces)
    if processes == 1 or count < 2 * processes:
        return batch
    pairs = count // 2
    first, end = (2 * (pairs * index // processes) for index in (rank, rank + 1))
    if rank == processes - 1:
        end = count
    return Batch(batch.epoch, batch.start + first, batch.faces[first:end])
