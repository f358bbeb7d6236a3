"""The state of a training: the network, its average, the optimizers and the history so far."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from fer2013.base.seeds import derive_seed
from fer2013.model import networks
from fer2013.model.device import to_device
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Config
from fer2013.training.ema import make_ema
from fer2013.training.optimizers import Optimizers
from fer2013.training.resizing import check_sides

Weights = dict[str, Tensor]
Epoch = dict[str, float]  # one row of the history


@dataclass
class Run:
    """The state of a training, which is what the resume file saves."""

    network: nn.Module
    ema: AveragedModel | None  # of the network, if train.ema asks for one
    optimizers: Optimizers
    history: list[Epoch]
    best: Weights

    @property
    def result(self) -> nn.Module:
        """The network that is validated and kept: the average, if there is one."""
        return self.network if self.ema is None else self.ema.module

    def add(self, row: Epoch) -> None:
        """Add an epoch to the history, and copy its weights if they are the best so far.

        Raises:
            BadInput: a loss is no longer a finite number.
        """
        if not math.isfinite(row["train_loss"] + row["val_loss"]):
            raise BadInput(
                f"training diverged: the loss of epoch {row['epoch']} is not a finite number; "
                "try a lower optim.lr or a clip_norm."
            )
        self.history.append(row)
        if best_epoch(self.history) == len(self.history):
            self.best = cpu_weights(self.result)

    def trained(self, keep: Literal["best", "last"]) -> "Trained":
        """The result, with the weights of the best or the last epoch."""
        if keep == "last":
            return Trained(cpu_weights(self.result), len(self.history), self.history)
        return Trained(self.best, best_epoch(self.history), self.history)

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "ema": None if self.ema is None else self.ema.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "history": self.history,
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        if self.ema is not None:
            self.ema.load_state_dict(state["ema"])
        for optimizer, own in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(own)
        self.history, self.best = state["history"], state["best"]


@dataclass(frozen=True)
class Trained:
    weights: Weights
    epoch: int  # that the weights are from, counted from 1
    history: list[Epoch]


def start(config: Config, device: torch.device) -> Run:
    """Build the network with its seeded initial weights, and the optimizers."""
    torch.manual_seed(derive_seed(config.seed, "weights"))
    network = networks.build(config.network)
    network = to_device(network, device, channels_last=config.train.channels_last)
    check_sides(network, config.network["name"], config.train.sides)
    ema = make_ema(network, config.train.ema) if config.train.ema else None
    optimizers = config.optim.build(network)
    for group in parameter_groups(optimizers):
        group["initial_lr"] = group["lr"]
    return Run(network, ema, optimizers, history=[], best={})


def parameter_groups(optimizers: Optimizers) -> list[dict[str, Any]]:
    return [group for optimizer in optimizers for group in optimizer.param_groups]


def best_epoch(history: list[Epoch]) -> int:
    """The first epoch, counted from 1, with the highest validation accuracy."""
    return 1 + int(np.argmax([row["val_accuracy"] for row in history]))


def cpu_weights(network: nn.Module) -> Weights:
    """A copy of the network's state on the CPU."""
    return {
        name: value.cpu().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }
