"""Faces → logits or probabilities, without augmentation and in eval mode."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fer2013 import CLASSES
from fer2013.config import Config
from fer2013.device import memory_format
from fer2013.normalization import NORMALIZATIONS

VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "plain": lambda faces: faces,
    "flip": lambda faces: faces.flip(-1),
}


@torch.inference_mode()
def predict_logits(network: nn.Module, faces: Tensor, config: Config, view: str) -> Tensor:
    """uint8 [N, 1, 48, 48] → float32 [N, 7] on the CPU."""
    network.eval()
    device = next(network.parameters()).device
    logits = [torch.empty(0, len(CLASSES))]
    for some in faces.split(config.evaluate.batch_size):
        grey = grey_levels(VIEWS[view](some), device)
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
