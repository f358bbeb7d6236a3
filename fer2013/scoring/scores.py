"""The scores of one part in metrics/scores/<model>.json, computed by torchmetrics."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.classification import (
    multiclass_calibration_error,
    multiclass_precision,
    multiclass_recall,
)

from fer2013.core.constants import CLASSES
from fer2013.core.losses import Criterion
from fer2013.core.metrics import f1, macro_f1
from fer2013.scoring.interval import wilson_interval

K = len(CLASSES)
CALIBRATION_BINS = 15
COLLAPSED_ABOVE = 0.9  # a model has collapsed if it predicts one class more often than this


def scores(probabilities: Tensor, labels: Tensor, criterion: Criterion) -> dict[str, Any]:
    """Score one part.

    Args:
        probabilities: float32 [N, 7], rows sum to one.
        labels: int64 [N] in 0–6.
        criterion: the loss that the model was trained with; it gets log-probabilities as logits.
    """
    predicted = probabilities.argmax(dim=1)  # [N, 7] → [N]
    correct = int((predicted == labels).sum())
    low, high = wilson_interval(correct, len(labels))
    log_probabilities = probabilities.clamp_min(torch.finfo(torch.float32).tiny).log()
    calibration_error = multiclass_calibration_error(
        probabilities, labels, K, n_bins=CALIBRATION_BINS, norm="l1"
    )
    result = {
        "faces": len(labels),
        "accuracy": correct / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_precision": macro(multiclass_precision, predicted, labels),
        "macro_recall": macro(multiclass_recall, predicted, labels),
        "macro_f1": macro_f1(predicted, labels),
        "loss": float(criterion(log_probabilities, labels)),
        "cross_entropy": float(F.nll_loss(log_probabilities, labels)),
        "calibration_error": float(calibration_error),
        "f1": dict(zip(CLASSES, f1(predicted, labels).tolist(), strict=True)),
        **collapse(predicted, labels),
    }
    return round_floats(result)


def macro(score: Callable[..., Tensor], predicted: Tensor, labels: Tensor) -> float:
    """The mean of a score of torchmetrics over the classes that occur in the labels.

    torchmetrics itself also counts a class that is only predicted. The scores of two parts could
    then be means over different classes.
    """
    present = torch.unique(labels)
    if len(present) == K:
        return float(score(predicted, labels, K, average="macro"))
    return float(score(predicted, labels, K, average="none")[present].mean())


def collapse(predicted: Tensor, labels: Tensor) -> dict[str, Any]:
    """Does the model predict almost only one class, and which classes does it never predict?

    The loss alone may not show that. Both tensors are int64 [N]. Classes that do not occur in the
    labels are not counted as lost.
    """
    counts = torch.bincount(predicted, minlength=K)
    present = torch.bincount(labels, minlength=K) > 0
    return {
        "collapsed": bool(counts.max() > COLLAPSED_ABOVE * len(predicted)),
        "lost_classes": [
            name for code, name in enumerate(CLASSES) if present[code] and counts[code] == 0
        ],
    }


def round_floats(values: Any) -> Any:
    """Round every float, also in nested dictionaries, to six decimals for readable diffs."""
    if isinstance(values, dict):
        return {key: round_floats(value) for key, value in values.items()}
    return round(values, 6) if isinstance(values, float) else values
