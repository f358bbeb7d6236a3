"""Two faces in one, and the labels of both: harder to learn by heart than any single face.

mixup     a weighted mean of both (Zhang et al. 2017, arXiv:1710.09412)
cutmix    one with a square out of the other (Yun et al. 2019, arXiv:1905.04899)

Both draw a share λ from Beta(alpha, alpha), and the labels are mixed by the share that each face
has in the end. Partners are neighbours in the epoch's order, which is random: the first face of a
batch with the second, the third with the fourth. So a batch may be cut into processes' parts
between pairs, and as in batch_augment.py all random numbers are drawn for the whole epoch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer2013.base.constants import CLASSES
from fer2013.base.seeds import derive_seed

Shares = Tensor  # float [B]: how much of each face stays
Mixed = tuple[Tensor, Shares]


def mixup(x: Tensor, other: Tensor, share: Shares, _: Tensor) -> Mixed:
    return torch.lerp(other, x, share.reshape(-1, 1, 1, 1)), share


def cutmix(x: Tensor, other: Tensor, share: Shares, corner: Tensor) -> Mixed:
    """`corner` [B, 2] in 0..1 says where the square lies, which is always within the face."""
    side = x.shape[-1]
    width = side * torch.sqrt(1 - share)  # [B]
    start = corner * (side - width).unsqueeze(1)  # [B, 2]
    pixels = torch.arange(side, device=x.device) + 0.5
    across, down = (
        (pixels >= first.unsqueeze(1)) & (pixels < (first + width).unsqueeze(1))  # [B, S]
        for first in (start[:, 0], start[:, 1])
    )
    square = across.unsqueeze(1) & down.unsqueeze(2)  # [B, S, S]
    kept = 1 - square.float().mean(dim=(1, 2)).to(x.dtype)
    return torch.where(square.unsqueeze(1), other, x), kept


MIXTURES: dict[str, Callable[[Tensor, Tensor, Shares, Tensor], Mixed]] = {
    "mixup": mixup,
    "cutmix": cutmix,
}


class Mixer:
    """The mixtures of a configuration, one after the other, with an epoch's random numbers."""

    def __init__(self, options: list[Any], seed: int, epoch: int, epochs: int, places: int) -> None:
        self.options = [o for o in options if epoch < o.until * epochs]
        self.tables = []
        for o in self.options:
            rng = np.random.default_rng(derive_seed(seed, "mix", o.name, epoch))
            columns = [rng.beta(o.alpha, o.alpha, places), *rng.random((3, places))]
            self.tables.append(torch.from_numpy(np.stack(columns, axis=1)))  # [places, 4]

    def __call__(self, x: Tensor, target: Tensor, place: int) -> tuple[Tensor, Tensor]:
        """Mix the faces drawn at `place` and after.

        [B, 1, S, S], labels [B] or probabilities [B, 7] → the same, and probabilities where mixed
        """
        if not self.options:
            return x, target
        if target.ndim == 1:
            target = F.one_hot(target, len(CLASSES)).to(x)
        partner = partners(len(x))
        for o, table in zip(self.options, self.tables, strict=True):
            share, corner, chance = table[place : place + len(x)].to(x).split([1, 2, 1], dim=1)
            chosen = torch.where(chance < o.p, share, 1.0).squeeze(1)  # 1: all stays
            x, kept = MIXTURES[o.name](x, x[partner], chosen, corner)
            target = torch.lerp(target[partner], target, kept.unsqueeze(1))
        return x, target


def partners(count: int) -> Tensor:
    """0 with 1, 2 with 3 …; a last one without a neighbour is its own. → [count]"""
    return (torch.arange(count) ^ 1).clamp(max=count - 1)
