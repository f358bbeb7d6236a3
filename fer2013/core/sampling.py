"""Which faces an epoch trains on, in which order and in which batches."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from fer2013.core.sections import Section
from fer2013.core.seeds import derive_seed


class Sampler(Section):
    """shuffled: every training face once an epoch.

    balanced: as many draws as training faces, with replacement; all classes are equally likely.
    """

    name: Literal["shuffled", "balanced"]

    def order(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Draw an epoch's faces. labels [N] → indices [N]"""
        if self.name == "shuffled":
            return torch.randperm(len(labels), generator=generator)
        weights = 1.0 / torch.bincount(labels).double()[labels]  # 1 / the faces of its class
        return torch.multinomial(weights, len(labels), replacement=True, generator=generator)


class Batch(NamedTuple):
    """One batch's faces and its position in the run, on which its augmentation depends."""

    epoch: int
    start: int  # index of its first face in the epoch's order
    faces: np.ndarray  # int64 [B], indices into the training part

    @property
    def span(self) -> slice:
        """The batch's indices in the epoch's order."""
        return slice(self.start, self.start + len(self.faces))


def epoch_batches(
    sampler: Sampler, labels: Tensor, batch_size: int, seed: int, epoch: int, *, processes: int = 1
) -> list[Batch]:
    """Draw the order of an epoch's faces and cut it into batches.

    A last batch of fewer than two faces for each process is left out, as batch normalisation cannot
    be trained on a single face.
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "order", epoch))
    order = sampler.order(labels, generator).numpy()
    batches = [
        Batch(epoch, start, order[start : start + batch_size])
        for start in range(0, len(order), batch_size)
    ]
    return [batch for batch in batches if len(batch.faces) >= 2 * processes]


def shard(batch: Batch, rank: int, processes: int) -> Batch:
    """One process's shard of a batch: consecutive faces.

    Faces that may be mixed with each other (mixing.py), a pair, stay together.
    """
    pairs = len(batch.faces) // 2
    first, end = (2 * (pairs * index // processes) for index in (rank, rank + 1))
    if rank == processes - 1:
        end = len(batch.faces)
    return Batch(batch.epoch, batch.start + first, batch.faces[first:end])
