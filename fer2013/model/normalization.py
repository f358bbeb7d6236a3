"""Ways to normalise grey levels, by their name in params.yaml: [B, 1, S, S] in 0..1 → the same."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

FAINTEST = 0.02  # what a blank face is divided by; a common face's deviation is some 0.2


def fixed(grey: Tensor, o: Any) -> Tensor:
    normalised: Tensor = (grey - o.mean) / o.std
    return normalised


def face(grey: Tensor, o: Any) -> Tensor:
    """By the face's own mean and deviation, so that light and contrast do not matter."""
    grey = grey.to(torch.get_default_dtype())
    mean = grey.mean(dim=(2, 3), keepdim=True)
    deviation = grey.std(dim=(2, 3), keepdim=True)
    return (grey - mean) / (deviation + FAINTEST)


NORMALIZATIONS: dict[str, Callable[[Tensor, Any], Tensor]] = {"fixed": fixed, "face": face}
