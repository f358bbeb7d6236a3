"""Metrics that are computed in every epoch.

torchmetrics computes the same; the tests compare both to the bit. But importing it takes longer
than importing torch, since it imports scipy.signal and matplotlib, and so each training would start
more than a second later.
"""

import torch
from torch import Tensor

from fer2013.core.constants import CLASSES


def accuracy(predicted: Tensor, labels: Tensor) -> float:
    """The fraction of predictions that equal their labels; both are int64 [N]."""
    return int((predicted == labels).sum()) / len(labels)


def macro_f1(predicted: Tensor, labels: Tensor) -> float:
    """The mean F1 score of the classes that occur in the labels; both tensors are int64 [N].

    Disgust (1.5 % of FER2013) counts as much as Happy (25 %).
    """
    scores = f1(predicted, labels)
    present = torch.unique(labels)
    if len(present) == len(CLASSES):
        return float((scores / len(CLASSES)).sum())
    return float(scores[present].mean())


def f1(predicted: Tensor, labels: Tensor) -> Tensor:
    """Each class's F1 score, 0 for a class that occurs nowhere. int64 [N], [N] → float32 [7]"""
    correct, chosen, actual = (
        torch.bincount(codes, minlength=len(CLASSES)).float()
        for codes in (labels[predicted == labels], predicted, labels)
    )
    return 2 * correct / (chosen + actual).clamp_min(1)
