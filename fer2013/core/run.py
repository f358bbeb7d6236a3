"""The state of a training: the network, its average, the optimizers and the history so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fer2013.core import networks
from fer2013.core.config import Config
from fer2013.core.device import Compute
from fer2013.core.losses import Criterion
from fer2013.core.optimizers import Optimizers
from fer2013.core.seeds import derive_seed

Weights = dict[str, Tensor]
Epoch = dict[str, float]  # one row of the history
Tensors = list[Tensor] | tuple[Tensor, ...]


@dataclass
class Run:
    """What a training needs, and its state, which the resume file saves."""

    config: Config
    compute: Compute
    criterion: Criterion
    teachers: list[nn.Module]
    network: nn.Module
    average: AveragedModel | None  # of the network, if train.ema asks for one
    optimizers: Optimizers
    history: list[Epoch]
    best: Weights  # those of the epoch with the highest validation accuracy

    @property
    def result(self) -> nn.Module:
        """The network that is validated and kept: the average, if there is one."""
        return self.network if self.average is None else self.average.module

    @property
    def parameter_groups(self) -> list[dict[str, Any]]:
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "history": self.history,
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        for optimizer, own in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(own)
        self.history, self.best = state["history"], state["best"]


@dataclass(frozen=True)
class Trained:
    weights: Weights
    epoch: int  # that the weights are from, counted from 1
    history: list[Epoch]


def start(
    config: Config, compute: Compute, labels: Tensor, teachers: Sequence[nn.Module] = ()
) -> Run:
    """Build the network with its seeded initial weights, and the optimizers.

    `labels` are those of the training faces, whose classes the loss may weight.
    """
    torch.manual_seed(derive_seed(config.seed, "weights"))
    network = compute.place(networks.build(config.network))
    average = moving_average(network, config.train.ema) if config.train.ema else None
    optimizers = config.optim.build(network, compute.matmul)
    criterion = config.loss.criterion(labels)
    placed = [compute.place(teacher).eval() for teacher in teachers]
    run = Run(config, compute, criterion, placed, network, average, optimizers, [], {})
    for group in run.parameter_groups:
        group["initial_lr"] = group["lr"]
    return run


def moving_average(network: nn.Module, decay: float) -> AveragedModel:
    """The exponential moving average (EMA) of a network, updated after each step.

    The average is validated and saved instead of the weights. Late steps jump around a minimum, and
    their average lies closer to it (Polyak & Juditsky 1992; Morales-Brotons et al. 2024,
    arXiv:2411.18704). The running statistics of batch normalisation are averaged too. In the first
    steps the decay is lower, so that the initial weights are soon forgotten.
    """

    def update(averages: Tensors, current: Tensors, _: Tensor | int) -> None:
        if not averages[0].is_floating_point():  # batch normalisation counts its batches
            for average, value in zip(averages, current, strict=True):
                average.copy_(value)
            return
        steps = int(ema.n_averaged)
        early = (1 + steps) / (10 + steps)
        get_ema_multi_avg_fn(min(decay, early))(averages, current, steps)

    ema = AveragedModel(network, multi_avg_fn=update, use_buffers=True)
    ema.n_averaged = ema.n_averaged.cpu()  # reading it from the GPU would make each step wait
    return ema
