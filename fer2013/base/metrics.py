"""Metrics that are cheap enough to be computed in every epoch."""

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_f1_score

from fer2013.base.constants import CLASSES


def accuracy(predicted: Tensor, labels: Tensor) -> float:
    """The fraction of predictions that equal their labels; both are int64 [N]."""
    return int((predicted == labels).sum()) / len(labels)


def macro_f1(predicted: Tensor, labels: Tensor) -> float:
    """The mean of the classes' F1 scores, for predictions and labels int64 [N].

    Disgust (1.5 % of FER2013) counts as much as Happy (25 %).
    """
    return macro(multiclass_f1_score, predicted, labels)


def macro(score: Callable[..., Tensor], predicted: Tensor, labels: Tensor) -> float:
    """The mean of a score of torchmetrics over the classes that the labels have.

    torchmetrics itself also counts a class that is only predicted, so that the mean of train could
    be over other classes than that of val.
    """
    present = torch.unique(labels)
    if len(present) == len(CLASSES):
        return float(score(predicted, labels, len(CLASSES), average="macro"))
    return float(score(predicted, labels, len(CLASSES), average="none")[present].mean())
