"""Metrics of predictions, by torchmetrics, cheap enough for every epoch."""

from torch import Tensor
from torchmetrics.functional.classification import multiclass_f1_score

from fer2013.base.constants import CLASSES


def accuracy(predicted: Tensor, labels: Tensor) -> float:
    """The share of int64 [N] predictions that equal their labels."""
    return int((predicted == labels).sum()) / len(labels)


def macro_f1(predicted: Tensor, labels: Tensor) -> float:
    """The mean F1 of the classes: Disgust (1.5 % of FER2013) counts as much as Happy (25 %)."""
    return float(multiclass_f1_score(predicted, labels, len(CLASSES), average="macro"))
