"""Optimizers by their name in params.yaml. Some networks need two, so each entry gives a list."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Optimizers = list[torch.optim.Optimizer]


def adam(network: nn.Module, o: Any) -> Optimizers:
    return [torch.optim.Adam(network.parameters(), lr=o.lr, weight_decay=o.weight_decay)]


def adamw(network: nn.Module, o: Any) -> Optimizers:
    return [torch.optim.AdamW(network.parameters(), lr=o.lr, weight_decay=o.weight_decay)]


def sgd(network: nn.Module, o: Any) -> Optimizers:
    return [
        torch.optim.SGD(
            network.parameters(), lr=o.lr, momentum=o.momentum, weight_decay=o.weight_decay
        )
    ]


def muon(network: nn.Module, o: Any) -> Optimizers:
    """Muon (Jordan 2024, kellerjordan.github.io/posts/muon) for the matrices within the network.

    AdamW takes the rest: the first layer, the classifier, biases and norms; it decays none of the
    last two.
    """
    inner = inner_weights(network)
    matrices = [nn.Parameter(as_matrix(weight.detach(), weight)) for weight in inner]
    for_inner = torch.optim.Muon(
        matrices, lr=o.lr, momentum=o.momentum, weight_decay=o.weight_decay
    )
    for_inner.register_step_pre_hook(lambda *_: lend_gradients(inner, matrices))
    known = {id(weight) for weight in inner}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": o.adamw_weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return [for_inner, torch.optim.AdamW(groups, lr=o.adamw_lr, betas=tuple(o.adamw_betas))]


def inner_weights(network: nn.Module) -> list[nn.Parameter]:
    """The filters that see several channels, and the matrices of transformer layers."""
    filters = [p for p in network.parameters() if p.ndim == 4 and p.shape[1] > 1]
    matrices = [
        parameter
        for module in network.modules()
        if isinstance(module, nn.TransformerEncoderLayer)
        for parameter in module.parameters()
        if parameter.ndim == 2
    ]
    return filters + matrices


def as_matrix(values: Tensor, weight: nn.Parameter) -> Tensor:
    """A weight's values, or its gradient's, as the matrix that torch's Muon takes.

    Filters [O, I, K, K] become [O, I·K·K], or in channels_last memory [O, K·K·I], so that the
    weight's matrix shares its memory. The columns' order does not matter to Muon.
    """
    if weight.is_contiguous():
        return values.flatten(1)
    return values.permute(0, 2, 3, 1).flatten(1)


def lend_gradients(weights: list[nn.Parameter], matrices: list[nn.Parameter]) -> None:
    for weight, matrix in zip(weights, matrices, strict=True):
        assert weight.grad is not None
        matrix.grad = as_matrix(weight.grad, weight)


OPTIMIZERS: dict[str, Callable[[nn.Module, Any], Optimizers]] = {
    "adam": adam,
    "adamw": adamw,
    "sgd": sgd,
    "muon": muon,
}
