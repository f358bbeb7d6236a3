"""Faces → logits or probabilities, without augmentation and in eval mode."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer2013.base.constants import CLASSES
from fer2013.model.device import memory_format
from fer2013.model.normalization import NORMALIZATIONS
from fer2013.training.config import Config


def scaled(grey: Tensor, by: float) -> Tensor:
    """Enlarge or reduce faces about their centre; the border is reflected. [B, 1, S, S] → same"""
    matrix = torch.eye(2, 3, device=grey.device) / by
    grid = F.affine_grid(matrix.expand(len(grey), 2, 3), list(grey.shape), align_corners=False)
    return F.grid_sample(grey, grid, padding_mode="reflection", align_corners=False)


# What evaluate may show a network of a face, grey levels [B, 1, S, S] → the same.
VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "plain": lambda grey: grey,
    "flip": lambda grey: grey.flip(-1),
    "larger": lambda grey: scaled(grey, 1.08),
    "larger_flip": lambda grey: scaled(grey, 1.08).flip(-1),
    "smaller": lambda grey: scaled(grey, 0.93),
    "smaller_flip": lambda grey: scaled(grey, 0.93).flip(-1),
}


@torch.inference_mode()
def predict_logits(network: nn.Module, faces: Tensor, config: Config, view: str) -> Tensor:
    """uint8 [N, 1, 48, 48] → float32 [N, 7] on the CPU."""
    network.eval()
    device = next(network.parameters()).device
    logits = [torch.empty(0, len(CLASSES))]
    batches = faces.split(config.evaluate.batch_size) if len(faces) else []  # else one of none
    for some in batches:
        grey = VIEWS[view](grey_levels(some, device))
        logits.append(network(network_input(grey, config)).cpu())
    return torch.cat(logits)


def grey_levels(faces: Tensor, device: torch.device) -> Tensor:
    """uint8 [B, 1, 48, 48] → float32 [B, 1, 48, 48] in 0..1 on the device."""
    return faces.to(device).float() / 255


def network_input(grey: Tensor, config: Config) -> Tensor:
    """Grey levels in 0..1 → normalised, in the memory order that is faster on the device."""
    normalised = NORMALIZATIONS[config.normalize.name](grey, config.normalize)
    return normalised.contiguous(memory_format=memory_format(config.train))


def predict(network: nn.Module, faces: Tensor, config: Config) -> Tensor:
    """The mean probability over the configuration's test views. → float32 [N, 7]"""
    views = [
        predict_logits(network, faces, config, view).softmax(dim=1)
        for view in config.evaluate.views
    ]
    return torch.stack(views).mean(dim=0)  # [V, N, 7] → [N, 7]
