"""From probabilities to metrics/scores/<model>.json and metrics/predictions/<model>.csv."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
import torch.nn.functional as F
from sklearn.metrics import precision_recall_fscore_support
from torch import Tensor
from torchmetrics.functional.classification import multiclass_calibration_error

from fer2013.core.constants import CLASSES
from fer2013.core.losses import Criterion
from fer2013.core.metrics import f1
from fer2013.core.parts import Part
from fer2013.runtime.files import atomic_write
from fer2013.scoring.counts import wilson_interval

K = len(CLASSES)
CALIBRATION_BINS = 15
COLLAPSED_ABOVE = 0.9  # a model has collapsed if it predicts one class more often than this


def all_scores(
    parts: dict[str, Part], probabilities: dict[str, Tensor], criterion: Criterion
) -> dict[str, Any]:
    """Score every labelled part; of test parts also the faces without an identical one in
    Training, and those without any copy there ("clean")."""
    result = {}
    for name, part in parts.items():
        if not part.labelled:
            continue
        result[name] = scores(probabilities[name], part.labels, criterion)
        if name in ("train", "val"):
            continue
        for key, left_out in (
            ("without_identical", part.identical_in_training),
            ("clean", part.copy_in_training),
        ):
            if not left_out.all():
                chosen = ~left_out
                result[name][key] = scores(
                    probabilities[name][chosen], part.labels[chosen], criterion
                )
    return result


def scores(probabilities: Tensor, labels: Tensor, criterion: Criterion) -> dict[str, Any]:
    """Score one part.

    Args:
        probabilities: float32 [N, 7], rows sum to one.
        labels: int64 [N] in 0–6.
        criterion: the loss that the model was trained with; it gets log-probabilities as logits.

    Macro scores are means over the classes that occur in the labels: one that is only predicted is
    not counted, so that the scores of two models are means over the same classes.
    """
    predicted = probabilities.argmax(dim=1)  # [N, 7] → [N]
    correct = int((predicted == labels).sum())
    low, high = wilson_interval(correct, len(labels))
    log_probabilities = probabilities.clamp_min(torch.finfo(torch.float32).tiny).log()
    calibration_error = multiclass_calibration_error(
        probabilities, labels, K, n_bins=CALIBRATION_BINS, norm="l1"
    )
    precision, recall, macro_f1, _ = precision_recall_fscore_support(
        labels.numpy(), predicted, labels=labels.unique(), average="macro", zero_division=0
    )
    result = {
        "faces": len(labels),
        "accuracy": correct / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_precision": precision,
        "macro_recall": recall,
        "macro_f1": macro_f1,
        "loss": float(criterion(log_probabilities, labels)),
        "cross_entropy": float(F.nll_loss(log_probabilities, labels)),
        "calibration_error": float(calibration_error),
        "f1": dict(zip(CLASSES, f1(predicted, labels).tolist(), strict=True)),
        **collapse(predicted, labels),
    }
    return round_floats(result)


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
    return round(float(values), 6) if isinstance(values, float) else values


def write_predictions(part: Part, probabilities: Tensor, target: Path) -> pd.DataFrame:
    """Write each face's row, class and prediction as CSV; `probabilities` are float32 [N, 7]."""
    names = pd.Series(CLASSES)
    columns = {
        "row": part.rows.numpy(),
        "actual": names[part.labels.numpy()].to_numpy(),
        "predicted": names[probabilities.argmax(dim=1).numpy()].to_numpy(),
    }
    table = pd.DataFrame(columns)
    with atomic_write(target) as path:
        table.to_csv(path, index=False, lineterminator="\n")
    return table
