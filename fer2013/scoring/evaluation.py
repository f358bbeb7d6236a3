"""From probabilities to the scores of every part and the predictions for validation faces."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from fer2013.core.constants import CLASSES
from fer2013.core.losses import Criterion
from fer2013.core.parts import Part
from fer2013.runtime.files import atomic_write
from fer2013.scoring.scores import scores


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


def write_predictions(part: Part, probabilities: Tensor, target: Path) -> pd.DataFrame:
    """Write each face's row, class and prediction as CSV; `probabilities` are float32 [N, 7]."""
    names = pd.Series(CLASSES)
    predicted = torch.argmax(probabilities, dim=1)
    table = pd.DataFrame(
        {
            "row": part.rows.numpy(),
            "actual": names[part.labels.numpy()].to_numpy(),
            "predicted": names[predicted.numpy()].to_numpy(),
        }
    )
    with atomic_write(target) as path:
        table.to_csv(path, index=False, lineterminator="\n")
    return table
