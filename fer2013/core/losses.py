"""Loss functions: logits [B, 7], labels [B] → scalar.

Class weights are scikit-learn's "balanced": rows / (classes × rows of the class), counted on the
training labels before any sampling.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from fer2013.core.constants import CLASSES
from fer2013.core.sections import BelowOne, NotNegative, Section

ClassWeights = Literal["none", "balanced"]


@dataclass(frozen=True)
class Criterion:
    """A batch's mean loss, and what normalises that mean: the number or the weights of the faces.

    A shard's mean loss counts in the whole batch's mean in proportion to its normaliser.
    """

    mean: Callable[[Tensor, Tensor], Tensor]
    normalizer: Callable[[Tensor], float]  # of labels [B]

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        return self.mean(logits, labels)


class CrossEntropy(Section):
    """PyTorch's cross entropy. With class weights, the mean is a weighted mean.

    Label smoothing is that of Szegedy et al. (2015, arXiv:1512.00567).
    """

    name: Literal["cross_entropy"]
    class_weights: ClassWeights
    label_smoothing: BelowOne = 0.0

    def criterion(self, train_labels: Tensor) -> Criterion:
        return cross_entropy(weights(self.class_weights, train_labels), self.label_smoothing)


class Focal(Section):
    """α_y (1 - p_t)^γ · CE, averaged over the batch (Lin et al. 2017, arXiv:1708.02002).

    p_t is the probability of the true class, CE the unweighted cross entropy and α_y the class
    weight. Unlike in `F.cross_entropy(weight=…)`, the mean is divided by the number of faces, not
    by the sum of their weights.
    """

    name: Literal["focal"]
    gamma: NotNegative
    class_weights: ClassWeights

    def criterion(self, train_labels: Tensor) -> Criterion:
        return focal(self.gamma, weights(self.class_weights, train_labels))


Loss = Annotated[CrossEntropy | Focal, Field(discriminator="name")]


class LossSection(Section, extra="ignore"):
    """The section `loss` of a models/<model>/config.yaml; the other sections are ignored."""

    loss: Loss


def cross_entropy(weights: Tensor, label_smoothing: float = 0.0) -> Criterion:
    """`weights` are the class weights, [7]."""

    def mean(logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, weights.to(logits), label_smoothing=label_smoothing)

    return Criterion(mean, normalizer=lambda labels: float(weights[labels].sum()))


def focal(gamma: float, weights: Tensor) -> Criterion:
    """`weights` are the class weights, [7]."""

    def mean(logits: Tensor, labels: Tensor) -> Tensor:
        cross_entropy = F.cross_entropy(logits, labels, reduction="none")  # [B]
        p_t = torch.exp(-cross_entropy)
        return (weights.to(logits)[labels] * (1 - p_t) ** gamma * cross_entropy).mean()

    return Criterion(mean, normalizer=len)


def weights(kind: ClassWeights, labels: Tensor) -> Tensor:
    """The class weights; balanced, those of a class without rows are 0. → float64 [7]"""
    if kind == "none":
        return torch.ones(len(CLASSES), dtype=torch.double)
    counts = torch.bincount(labels, minlength=len(CLASSES)).double()
    return torch.where(counts > 0, len(labels) / (len(CLASSES) * counts), 0.0)
