"""Progressive resizing: the first epochs train on smaller faces, which need less computation.

A network first learns coarse features, for which small faces suffice (Tan & Le 2021,
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
    """A fraction `share` of the epochs, in which faces are resized to `side` × `side` pixels."""

    side: Annotated[int, Field(ge=8, le=48)]
    share: Annotated[Number, Field(gt=0, le=1)]


def side_at_epoch(epoch: int, sides: list[Stretch], epochs: int) -> int:
    """The side of the faces in an epoch, counted from 0: 48 after those of `train.sides`."""
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
    """Try the network on a face of each side that it will be trained on.

    Raises:
        BadInput: it does not accept faces of that side.
    """
    device = next(network.parameters()).device
    for side in {stretch.side for stretch in sides}:
        try:
            network.eval()(torch.zeros(1, 1, side, side, device=device))
        except RuntimeError:
            raise BadInput(
                f"train.sides: {name} does not accept faces of {side}×{side} pixels; "
                "leave sides empty, or choose another side."
            ) from None
