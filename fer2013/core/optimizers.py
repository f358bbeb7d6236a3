"""Optimizers by their name in params.yaml. Muon comes with an AdamW, so each builds a list."""

from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from fer2013.core.sections import BelowOne, NotNegative, Positive, Section

Optimizers = list[torch.optim.Optimizer]


class Adam(Section):
    name: Literal["adam", "adamw"]
    lr: Positive
    weight_decay: NotNegative
    clip_norm: Positive | None = None

    def build(self, network: nn.Module, matmul: torch.dtype) -> Optimizers:
        kind = torch.optim.Adam if self.name == "adam" else torch.optim.AdamW
        return [kind(network.parameters(), lr=self.lr, weight_decay=self.weight_decay)]


class SGD(Section):
    name: Literal["sgd"]
    lr: Positive
    momentum: BelowOne
    weight_decay: NotNegative = 0.0
    clip_norm: Positive | None = None

    def build(self, network: nn.Module, matmul: torch.dtype) -> Optimizers:
        own = self.model_dump(include={"lr", "momentum", "weight_decay"})
        return [torch.optim.SGD(network.parameters(), **own)]


class Muon(Section):
    """Muon for the network's inner weights, which computes in the type `matmul`.

    AdamW optimizes the others: the first layer, the classifier, biases and normalisation layers.
    Biases and normalisation layers have no weight decay.
    """

    name: Literal["muon"]
    lr: Positive
    momentum: BelowOne
    weight_decay: NotNegative
    adamw_lr: Positive
    adamw_betas: Annotated[list[BelowOne], Field(min_length=2, max_length=2)]
    adamw_weight_decay: NotNegative
    clip_norm: Positive | None = None

    def build(self, network: nn.Module, matmul: torch.dtype) -> Optimizers:
        inner = inner_weights(network)
        own = self.model_dump(include={"lr", "momentum", "weight_decay"})
        known = {id(weight) for weight in inner}
        rest = [parameter for parameter in network.parameters() if id(parameter) not in known]
        groups = [
            {"params": [p for p in rest if p.ndim > 1], "weight_decay": self.adamw_weight_decay},
            {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
        ]
        betas = self.adamw_betas[0], self.adamw_betas[1]
        adamw = torch.optim.AdamW(groups, lr=self.adamw_lr, betas=betas)
        return [MuonOptimizer(inner, matmul, **own), adamw]


Optim = Annotated[Adam | SGD | Muon, Field(discriminator="name")]


class MuonOptimizer(torch.optim.Optimizer):
    """SGD with Nesterov momentum whose steps are made orthogonal (Jordan 2024,
    kellerjordan.github.io/posts/muon).

    torch.optim.Muon computes the same, but for matrices only and in bfloat16 only, which takes a
    second a step where bfloat16 is emulated.
    """

    def __init__(self, weights: list[nn.Parameter], matmul: torch.dtype, **options: float) -> None:
        """`options` are lr, momentum and weight_decay."""
        super().__init__(weights, options)
        self.matmul = matmul

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if not state:
                    state["mean"] = torch.zeros_like(weight)
                state["mean"].lerp_(weight.grad, 1 - group["momentum"])
                nesterov = weight.grad.lerp(state["mean"], group["momentum"])
                matrix = nesterov.flatten(1)  # [O, I, K, K] → [O, I·K·K]
                rows, columns = matrix.shape
                lr = group["lr"] * max(1, rows / columns) ** 0.5
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                step = orthogonal(matrix.to(self.matmul)).view_as(weight)
                weight.add_(step.to(weight.dtype), alpha=-lr)


def orthogonal(matrix: Tensor) -> Tensor:
    """The nearest matrix with orthogonal rows or columns, roughly: five Newton-Schulz iterations.

    The coefficients bring every singular value to between about 0.7 and 1.2, no nearer to 1.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.T).T
    x = matrix / matrix.norm().clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.T
        update = torch.addmm(gram, gram, gram, beta=-4.7750, alpha=2.0315)
        x = torch.addmm(x, update, x, beta=3.4445)
    return x


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
