"""Optimizers by their name in params.yaml."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

Parameters = Iterable[nn.Parameter]


def adam(parameters: Parameters, o: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=o.lr, weight_decay=o.weight_decay)


def adamw(parameters: Parameters, o: Any) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=o.lr, weight_decay=o.weight_decay)


def sgd(parameters: Parameters, o: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=o.lr, momentum=o.momentum, weight_decay=o.weight_decay)


OPTIMIZERS: dict[str, Callable[[Parameters, Any], torch.optim.Optimizer]] = {
    "adam": adam,
    "adamw": adamw,
    "sgd": sgd,
}
