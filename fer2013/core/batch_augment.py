"""Augmentation of whole batches, as tensors on the training device.

albumentations augments one face at a time in a worker process. That is slower than the training
step of a small network on one core, or of any network on a GPU.

How a face is changed depends only on the seed, the epoch and the face's index in the epoch's order:
a table of random numbers, with a row for each index, is drawn for the whole epoch. So it does not
matter how the epoch is cut into batches, nor a batch into shards for several processes.

The augmentations work on grey levels in 0..1, before normalisation, in the order of params.yaml.
"""

import math
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from fer2013.core.sections import BelowOne, Fraction, Number, Section
from fer2013.core.seeds import derive_seed

Degrees = Annotated[Number, Field(ge=0, le=180)]


class Flip(Section):
    """Mirror left and right."""

    draws: ClassVar = 1  # random numbers for each face
    name: Literal["flip"]
    p: Fraction

    def apply(self, x: Tensor, u: Tensor) -> Tensor:
        return _where(u[:, 0] < self.p, x.flip(-1), x)


class ShiftScaleRotate(Section):
    """Move by fractions of width and height, scale by 1 ± a fraction, rotate by degrees.

    Each is uniform between minus and plus its value; the border is reflected.
    """

    draws: ClassVar = 5
    name: Literal["shift_scale_rotate"]
    shift: Fraction
    scale: BelowOne
    rotate: Degrees
    p: Fraction

    def apply(self, x: Tensor, u: Tensor) -> Tensor:
        right, down = _spread(u[:, 0], self.shift), _spread(u[:, 1], self.shift)
        scale = 1 + _spread(u[:, 2], self.scale)
        angle = _spread(u[:, 3], math.radians(self.rotate))
        cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
        # The inverse map: where each pixel comes from. Its unit is half a side.
        rows = [cos, -sin, -2 * right, sin, cos, -2 * down]
        matrices = torch.stack(rows, dim=1).reshape(-1, 2, 3)  # [B, 6] → [B, 2, 3]
        grid = F.affine_grid(matrices, list(x.shape), align_corners=False)
        moved = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
        return _where(u[:, 4] < self.p, moved, x)


class Cutout(Section):
    """Fill a square with the face's mean (DeVries & Taylor 2017, arXiv:1708.04552).

    Its side is `size` pixels. Its centre may be anywhere in the face, so part of it may be outside.
    """

    draws: ClassVar = 3
    name: Literal["cutout"]
    size: Annotated[int, Field(ge=1, le=48)]
    p: Fraction

    def apply(self, x: Tensor, u: Tensor) -> Tensor:
        side = x.shape[-1]
        pixels = torch.arange(side, device=x.device) + 0.5
        across, down = (
            (pixels - centre.unsqueeze(1) * side).abs() < self.size / 2  # [B, S]
            for centre in (u[:, 0], u[:, 1])
        )
        hole = (across.unsqueeze(1) & down.unsqueeze(2)).unsqueeze(1)  # [B, 1, S, S]
        filled = torch.where(hole, x.mean(dim=(2, 3), keepdim=True), x)
        return _where(u[:, 2] < self.p, filled, x)


BatchAugmentation = Annotated[Flip | ShiftScaleRotate | Cutout, Field(discriminator="name")]


def _where(chosen: Tensor, changed: Tensor, x: Tensor) -> Tensor:
    """The changed face where a bool [B] is true, else the original."""
    return torch.where(chosen.reshape(-1, 1, 1, 1), changed, x)


def _spread(u: Tensor, limit: float) -> Tensor:
    """From 0..1 to -limit..limit."""
    return (2 * u - 1) * limit


class BatchAugmenter:
    """The batch augmentations of a configuration, with the random numbers of one epoch."""

    def __init__(
        self,
        augmentations: list[BatchAugmentation],
        seed: int,
        epoch: int,
        *,
        count: int,
        device: torch.device | str = "cpu",
    ) -> None:
        """`count` is the number of faces in the epoch."""
        self.augmentations = augmentations
        generator = torch.Generator().manual_seed(derive_seed(seed, "augment_batch", epoch))
        self.tables = [
            torch.rand(count, each.draws, dtype=torch.float32, generator=generator).to(device)
            for each in augmentations
        ]

    def __call__(self, grey: Tensor, span: slice) -> Tensor:
        """Augment the faces at these indices of the epoch. [B, 1, S, S] in 0..1 → the same"""
        for augmentation, table in zip(self.augmentations, self.tables, strict=True):
            grey = augmentation.apply(grey, table[span].to(grey))
        return grey
