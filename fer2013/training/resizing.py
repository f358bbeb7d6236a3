"""Progressive resizing: the first epochs train on smaller faces, which cost less.

A network learns the coarse from small faces and then goes on at full size (Tan & Le 2021,
arXiv:2104.00298, section 4). Validation is always at full size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer2013.base.constants import SIDE
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Config, Train


def side_in(epoch: int, options: Train) -> int:
    """The faces' side in an epoch, counted from 0; what `train.sides` leaves over is at 48."""
    share = 0.0
    for stretch in options.sides:
        share += stretch.share
        if epoch < round(share * options.epochs):
            return stretch.side
    return SIDE


def resized(grey: Tensor, side: int) -> Tensor:
    """[B, 1, 48, 48] → [B, 1, S, S]"""
    if side == grey.shape[-1]:
        return grey
    return F.interpolate(grey, (side, side), mode="bilinear", antialias=True)


@torch.inference_mode()
def try_sides(network: nn.Module, config: Config) -> None:
    """Let the network see a face of each side that it will train on.

    Raises:
        BadInput: it does not take faces of that side.
    """
    device = next(network.parameters()).device
    for side in {stretch.side for stretch in config.train.sides}:
        try:
            network.eval()(torch.zeros(1, 1, side, side, device=device))
        except RuntimeError:
            raise BadInput(
                f"train.sides: {config.network['name']} takes no faces of {side}×{side} pixels; "
                "leave sides empty, or choose another side."
            ) from None
