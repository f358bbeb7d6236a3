"""Mixing two faces and their labels, a regularisation against memorising the training faces.

mixup     the weighted mean of two faces (Zhang et al. 2017, arXiv:1710.09412)
cutmix    one face with a square cut out of the other (Yun et al. 2019, arXiv:1905.04899)

Both draw a fraction λ from Beta(alpha, alpha). The labels are mixed with the fractions that the two
faces really have in the result. Pairs are neighbours in the epoch's random order: the first face of
a batch with the second, the third with the fourth. So a batch can be cut into shards between pairs.
As in batch_augment.py, all random numbers are drawn for the whole epoch.
"""

from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer2013.core.constants import CLASSES
from fer2013.core.sections import Fraction, Positive, Section
from fer2013.core.seeds import derive_seed


class Mixture(Section):
    """Each face is mixed with probability p, in the first epochs of the run.

    `until` is the fraction of the epochs in which faces are mixed: 1 means all of them.
    """

    name: Literal["mixup", "cutmix"]
    alpha: Positive
    p: Fraction
    until: Fraction


def mixup(x: Tensor, other: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
    """`kept` [B] is the fraction of each face that is kept. → mixed faces, `kept`"""
    return torch.lerp(other, x, kept.reshape(-1, 1, 1, 1)), kept


def cutmix(x: Tensor, other: Tensor, kept: Tensor, corner: Tensor) -> tuple[Tensor, Tensor]:
    """Replace a square of each face; it has the fraction 1 - `kept` of the area.

    `corner` [B, 2] in 0..1 is the square's position; it always lies within the face.

    → mixed faces, and the fraction of each face that is kept after rounding to whole pixels
    """
    side = x.shape[-1]
    width = side * torch.sqrt(1 - kept)  # [B]
    start = corner * (side - width).unsqueeze(1)  # [B, 2]
    pixels = torch.arange(side, device=x.device) + 0.5
    across, down = (
        (pixels >= first.unsqueeze(1)) & (pixels < (first + width).unsqueeze(1))  # [B, S]
        for first in (start[:, 0], start[:, 1])
    )
    square = across.unsqueeze(1) & down.unsqueeze(2)  # [B, S, S]
    kept = 1 - square.float().mean(dim=(1, 2)).to(x.dtype)
    return torch.where(square.unsqueeze(1), other, x), kept


class Mixer:
    """The mixtures of a configuration, in its order, with the random numbers of one epoch."""

    def __init__(
        self,
        mixtures: list[Mixture],
        seed: int,
        epoch: int,
        epochs: int,
        *,
        count: int,
        device: torch.device | str = "cpu",
    ) -> None:
        """`count` is the number of faces in the epoch."""
        self.mixtures = [mixture for mixture in mixtures if epoch < mixture.until * epochs]
        self.tables = []  # [count, 4] each: λ, corner, chance
        for mixture in self.mixtures:
            rng = np.random.default_rng(derive_seed(seed, "mix", mixture.name, epoch))
            columns = [rng.beta(mixture.alpha, mixture.alpha, count), *rng.random((3, count))]
            self.tables.append(torch.from_numpy(np.stack(columns, axis=1)).to(device))

    def __call__(self, x: Tensor, target: Tensor, span: slice) -> tuple[Tensor, Tensor]:
        """Mix the faces at these indices of the epoch's order.

        [B, 1, S, S] and labels [B] or probabilities [B, 7] → the same shapes; if there is any
        mixture, the targets become probabilities [B, 7].
        """
        if not self.mixtures:
            return x, target
        if target.ndim == 1:
            target = F.one_hot(target, len(CLASSES)).to(x)
        partner = partners(len(x), x.device)
        for mixture, table in zip(self.mixtures, self.tables, strict=True):
            drawn, corner, chance = table[span].to(x).split([1, 2, 1], dim=1)
            kept = torch.where(chance < mixture.p, drawn, 1.0).squeeze(1)  # 1: unmixed
            if mixture.name == "mixup":
                x, kept = mixup(x, x[partner], kept)
            else:
                x, kept = cutmix(x, x[partner], kept, corner)
            target = torch.lerp(target[partner], target, kept.unsqueeze(1))
        return x, target


def partners(count: int, device: torch.device | str = "cpu") -> Tensor:
    """Each face's partner: 0 and 1, 2 and 3 …; an odd last face has itself. → [count]"""
    return (torch.arange(count, device=device) ^ 1).clamp(max=count - 1)
