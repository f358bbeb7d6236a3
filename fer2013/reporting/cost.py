"""The cost of a network: its parameters, multiply-adds, and the PFLOP of a training run.

Training PFLOP = 6 × multiply-adds per image × number of images / 10¹⁵. The factor is 2 operations
(multiply and add) × 3 passes (the forward pass once, and the backward pass, which counts twice).
Counted are the multiply-adds of convolutions and linear layers, at the resolution that is used.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fer2013.base.constants import SIDE

aten = torch.ops.aten
COUNTED = {aten.convolution, aten.addmm, aten.mm}  # not attention's products of activations
IMAGES = 2  # batch normalisation cannot be trained on a single image


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network: nn.Module, side: int = SIDE) -> int:
    """Multiply-adds of the forward pass for one face of side × side pixels."""
    # In eval mode, transformer layers would use a fused operation that is not counted.
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.train()(torch.zeros(IMAGES, 1, side, side))
    counts: dict[Any, int] = counter.get_flop_counts()["Global"]
    flop = sum(count for operation, count in counts.items() if operation in COUNTED)
    return flop // (2 * IMAGES)


def training_pflop(multiply_adds_per_image: float, images: int) -> float:
    return 6 * multiply_adds_per_image * images / 1e15


def pflop_of_epochs(
    network: nn.Module, sides: list[int], images: int, teachers: Sequence[nn.Module] = ()
) -> float:
    """The training PFLOP of epochs with faces of these sides and `images` images each.

    Teachers get the same images, but only in a forward pass.
    """
    per_image = {
        side: multiply_adds(network, side) + sum(multiply_adds(t, side) for t in teachers) / 3
        for side in set(sides)
    }
    return training_pflop(sum(per_image[side] for side in sides), images)
