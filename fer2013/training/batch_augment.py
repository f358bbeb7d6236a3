"""Random changes to a whole batch of training faces at once, as tensors on the training device.

albumentations takes a face at a time in a worker process; a small network on one core, or any on a
GPU, trains faster than that. What a face gets is a function of (seed, epoch, its place in the
epoch's order): a table of random numbers is drawn for the whole epoch, with a row for each place,
so that it does not matter how the epoch is cut into batches, and a batch into processes' parts.

The changes work on grey levels in 0..1, before they are normalised, in the order of params.yaml.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from fer2013.base.seeds import derive_seed


def flip(x: Tensor, u: Tensor, o: Any) -> Tensor:
    return _where(u[:, 0] < o.p, x.flip(-1), x)


def shift_scale_rotate(x: Tensor, u: Tensor, o: Any) -> Tensor:
    """Edges are reflected. `affine_grid` asks for the inverse: where each pixel comes from."""
    right, down = _spread(u[:, 0], o.shift), _spread(u[:, 1], o.shift)
    scale, angle = 1 + _spread(u[:, 2], o.scale), _spread(u[:, 3], math.radians(o.rotate))
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    # The grid's unit is half a side.
    rows = [cos, -sin, -2 * right, sin, cos, -2 * down]
    matrices = torch.stack(rows, dim=1).reshape(-1, 2, 3)  # [B, 6] → [B, 2, 3]
    grid = F.affine_grid(matrices, list(x.shape), align_corners=False)
    moved = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    return _where(u[:, 4] < o.p, moved, x)


def cutout(x: Tensor, u: Tensor, o: Any) -> Tensor:
    """DeVries & Taylor 2017, arXiv:1708.04552."""
    side = x.shape[-1]
    pixels = torch.arange(side, device=x.device) + 0.5
    across, down = (
        (pixels - centre.unsqueeze(1) * side).abs() < o.size / 2  # [B, S]
        for centre in (u[:, 0], u[:, 1])
    )
    hole = (across.unsqueeze(1) & down.unsqueeze(2)).unsqueeze(1)  # [B, 1, S, S]
    filled = torch.where(hole, x.mean(dim=(2, 3), keepdim=True), x)
    return _where(u[:, 2] < o.p, filled, x)


def _where(chosen: Tensor, changed: Tensor, x: Tensor) -> Tensor:
    """The changed face where a bool [B] is true."""
    return torch.where(chosen.reshape(-1, 1, 1, 1), changed, x)


def _spread(u: Tensor, limit: float) -> Tensor:
    """0..1 → ± limit"""
    return (2 * u - 1) * limit


class Change(NamedTuple):
    draws: int  # random numbers that a face takes
    apply: Callable[[Tensor, Tensor, Any], Tensor]  # faces, draws [B, D], options → faces


CHANGES: dict[str, Change] = {
    "flip": Change(1, flip),
    "shift_scale_rotate": Change(5, shift_scale_rotate),
    "cutout": Change(3, cutout),
}


class BatchChain:
    """The changes of a configuration, in its order, with the random numbers of one epoch."""

    def __init__(self, options: list[Any], seed: int, epoch: int, places: int) -> None:
        self.options = options
        generator = torch.Generator().manual_seed(derive_seed(seed, "augment_batch", epoch))
        self.tables = [
            torch.rand(places, CHANGES[o.name].draws, dtype=torch.float32, generator=generator)
            for o in options
        ]

    def __call__(self, grey: Tensor, place: int) -> Tensor:
        """Change the faces drawn at `place` and after. [B, 1, S, S] in 0..1 → the same"""
        for o, table in zip(self.options, self.tables, strict=True):
            grey = grey.to(torch.get_default_dtype())
            u = table[place : place + len(grey)].to(grey)
            grey = CHANGES[o.name].apply(grey, u, o)
        return grey
