"""Optimizers by their name in params.yaml. Muon comes with an AdamW, so each builds a list."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from fer2013.base.sections import Number, Positive, Section
from fer2013.model.precision import multiplies_bfloat16

Optimizers = list[torch.optim.Optimizer]
Decay = Annotated[Number, Field(ge=0)]
Momentum = Annotated[Number, Field(ge=0, lt=1)]


class Adam(Section):
    name: Literal["adam"]
    lr: Positive
    weight_decay: Decay = 0.0
    clip_norm: Positive | None = None

    def build(self, network: nn.Module) -> Optimizers:
        parameters = network.parameters()
        return [torch.optim.Adam(parameters, lr=self.lr, weight_decay=self.weight_decay)]


class AdamW(Section):
    name: Literal["adamw"]
    lr: Positive
    weight_decay: Decay
    clip_norm: Positive | None = None

    def build(self, network: nn.Module) -> Optimizers:
        parameters = network.parameters()
        return [torch.optim.AdamW(parameters, lr=self.lr, weight_decay=self.weight_decay)]


class SGD(Section):
    name: Literal["sgd"]
    lr: Positive
    momentum: Momentum
    weight_decay: Decay = 0.0
    clip_norm: Positive | None = None

    def build(self, network: nn.Module) -> Optimizers:
        return [
            torch.optim.SGD(
                network.parameters(),
                lr=self.lr,
                momentum=self.momentum,
                weight_decay=self.weight_decay,
            )
        ]


class Muon(Section):
    """Muon (Jordan 2024, kellerjordan.github.io/posts/muon) for the network's inner weights.

    AdamW optimizes the others: the first layer, the classifier, biases and normalisation layers.
    Biases and normalisation layers have no weight decay.
    """

    name: Literal["muon"]
    lr: Positive
    momentum: Momentum
    weight_decay: Decay
    adamw_lr: Positive
    adamw_betas: Annotated[list[Momentum], Field(min_length=2, max_length=2)]
    adamw_weight_decay: Decay
    clip_norm: Positive | None = None

    def build(self, network: nn.Module) -> Optimizers:
        inner = inner_weights(network)
        matrices = [nn.Parameter(as_matrix(weight.detach(), weight)) for weight in inner]
        muon = MuonOptimizer(
            matrices, lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay
        )
        muon.register_step_pre_hook(lambda *_: share_gradients(inner, matrices))
        known = {id(weight) for weight in inner}
        rest = [parameter for parameter in network.parameters() if id(parameter) not in known]
        groups = [
            {"params": [p for p in rest if p.ndim > 1], "weight_decay": self.adamw_weight_decay},
            {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
        ]
        betas = self.adamw_betas[0], self.adamw_betas[1]
        return [muon, torch.optim.AdamW(groups, lr=self.adamw_lr, betas=betas)]


class MuonOptimizer(torch.optim.Muon):
    """torch's Muon, which iterates in bfloat16; on devices that emulate bfloat16, in float32.

    With emulated bfloat16, champion's optimizer step takes 1.0 s, nearly as long as the forward
    and backward pass of 128 faces (AVX2, one thread).
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        device = self.param_groups[0]["params"][0].device
        with nullcontext() if multiplies_bfloat16(device) else _without_bfloat16():
            return super().step(closure)


@contextmanager
def _without_bfloat16() -> Iterator[None]:
    """Make `Tensor.bfloat16`, which torch's Muon calls, return a copy without conversion."""
    original = Tensor.bfloat16
    Tensor.bfloat16 = Tensor.clone  # type: ignore[method-assign]
    try:
        yield
    finally:
        Tensor.bfloat16 = original  # type: ignore[method-assign]


Optim = Annotated[Adam | AdamW | SGD | Muon, Field(discriminator="name")]


def inner_weights(network: nn.Module) -> list[nn.Parameter]:
    """The filters with several input channels, and the matrices of transformer layers."""
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
    """A weight's values, or its gradient's, as the matrix that torch's Muon needs.

    Filters [O, I, K, K] become [O, I·K·K], or [O, K·K·I] if their memory format is channels_last,
    so that the matrix is a view of the weight. The order of the columns does not matter to Muon.
    """
    if weight.is_contiguous():
        return values.flatten(1)
    return values.permute(0, 2, 3, 1).flatten(1)


def share_gradients(weights: list[nn.Parameter], matrices: list[nn.Parameter]) -> None:
    """Give each matrix the gradient of its weight, before Muon's step."""
    for weight, matrix in zip(weights, matrices, strict=True):
        assert weight.grad is not None
        matrix.grad = as_matrix(weight.grad, weight)
