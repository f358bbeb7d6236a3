"""Progressive resizing: the first epochs train on smaller faces, which cost less.

A network learns the coarse from small faces and then goes on at full size (Tan & Le 2021,
arXiv:2104.00298, section 4). Validation is always at full size.
"""

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013.base.constants import SIDE
from fer2013.base.sections import Number, Section
from fer2013.runtime.errors import BadInput


class Stretch(Section):
    """A fraction of the epochs, with the faces resized to so many pixels a side."""

    side: Annotated[int, Field(ge=8, le=48)]
    share: Annotated[Number, Field(gt=0, le=1)]


def side_at_epoch(epoch: int, sides: list[Stretch], epochs: int) -> int:
    """The faces' side in an epoch, counted from 0; what `train.sides` leaves over is at 48."""
    fraction = 0.0
    for stretch in sides:
        fraction += stretch.share
        if epoch < round(fraction * epochs):
            return stretch.side
    return SIDE


def resize(grey: Tensor, side: int) -> Tensor:
    """[B, 1, 48, 48] → [B, 1, S, S]"""
    if side == grey.shape[-1]:
        return grey
    return F.interpolate(grey, (side, side), mode="bilinear", antialias=True)


@torch.inference_mode()
def check_sides(network: nn.Module, name: str, sides: list[Stretch]) -> None:
    """Let the network see a face of each side that it will train on.

    Raises:
        BadInput: it does not take faces of that side.
    """
    device = next(network.parameters()).device
    for side in {stretch.side for stretch in sides}:
        try:
            network.eval()(torch.zeros(1, 1, side, side, device=device))
        except RuntimeError:
            raise BadInput(
                f"train.sides: {name} takes no faces of {side}×{side} pixels; "
                "leave sides empty, or choose another side."
            ) from None
