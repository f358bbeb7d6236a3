"""Training criteria: logits [B, 7], labels [B] → scalar.

Class weights are scikit-learn's "balanced": rows / (classes × rows of the class), counted on the
training labels before any sampling.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fer2013.base.constants import CLASSES


@dataclass(frozen=True)
class Criterion:
    """A batch's mean loss, and what that mean is divided by.

    The divisor says how much a part of a batch counts in the whole batch's mean.
    """

    mean: Callable[[Tensor, Tensor], Tensor]
    divisor: Callable[[Tensor], float]  # of labels [B]

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        return self.mean(logits, labels)


def focal(gamma: float, weights: Tensor) -> Criterion:
    """α_y (1 - p_t)^γ · CE, plain mean over the batch (Lin et al. 2017, arXiv:1708.02002).

    p_t is the probability of the true class, from the unweighted cross entropy; unlike
    `F.cross_entropy(weight=…)`, the mean is not divided by the batch's weights.
    """

    def mean(logits: Tensor, labels: Tensor) -> Tensor:
        cross_entropy = F.cross_entropy(logits, labels, reduction="none")  # [B]
        p_t = torch.exp(-cross_entropy)
        return (weights.to(logits.device)[labels] * (1 - p_t) ** gamma * cross_entropy).mean()

    return Criterion(mean, divisor=len)


def cross_entropy(weights: Tensor, label_smoothing: float = 0.0) -> Criterion:
    """PyTorch's: with class weights, the mean is divided by the batch's weights.

    Label smoothing is Szegedy et al.'s (2015, arXiv:1512.00567).
    """

    def mean(logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(
            logits, labels, weights.to(logits.device), label_smoothing=label_smoothing
        )

    return Criterion(mean, divisor=lambda labels: float(weights[labels].sum()))


LOSSES: dict[str, Callable[[Any, Tensor], Criterion]] = {
    "focal": lambda options, weights: focal(options.gamma, weights),
    "cross_entropy": lambda options, weights: cross_entropy(weights, options.label_smoothing),
}


def balanced_weights(labels: Tensor) -> Tensor:
    """rows / (classes × rows of the class); 0 for a class without rows. → float32 [7]"""
    counts = torch.bincount(labels, minlength=len(CLASSES)).double()
    weights = len(labels) / (len(CLASSES) * counts)
    return torch.where(counts > 0, weights, 0.0).float()


def build_criterion(options: Any, train_labels: Tensor) -> Criterion:
    """Build the criterion of a configuration's `loss` section."""
    weights = torch.ones(len(CLASSES))
    if options.class_weights == "balanced":
        weights = balanced_weights(train_labels)
    return LOSSES[options.name](options, weights)
