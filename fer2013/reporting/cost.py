"""The cost of a network: its parameters, multiply-adds, and the PFLOP of a training run.

Training PFLOP = 6 × multiply-adds per image × number of images / 10¹⁵. The factor is 2 operations
(multiply and add) × 3 passes (the forward pass once, and the backward pass, which counts twice).
Counted are the multiply-adds of convolutions and linear layers.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from fer2013.core.constants import SIDE

aten = torch.ops.aten
COUNTED = {aten.convolution, aten.addmm, aten.mm}  # not attention's products of activations
IMAGES = 2  # batch normalisation cannot be trained on a single image


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def multiply_adds(network: nn.Module) -> int:
    """Multiply-adds of the forward pass for one face."""
    # In eval mode, transformer layers would use a fused operation that is not counted.
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.train()(torch.zeros(IMAGES, 1, SIDE, SIDE))
    counts: dict[Any, int] = counter.get_flop_counts()["Global"]
    flop = sum(count for operation, count in counts.items() if operation in COUNTED)
    return flop // (2 * IMAGES)


def pflop_of_training(network: nn.Module, images: int, teachers: Sequence[nn.Module] = ()) -> float:
    """The training PFLOP of so many images, of all epochs. Teachers have a forward pass only."""
    per_image = multiply_adds(network) + sum(map(multiply_adds, teachers)) / 3
    return 6 * per_image * images / 1e15
