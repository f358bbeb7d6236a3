"""The predicted classes of the test rows, as Kaggle's submission needs them."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer2013.core.constants import CLASSES
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write


def write_submission(probabilities: Tensor, rows: Tensor, target: Path) -> None:
    """Write the answers as CSV; if they would be wrong, only its header, with a note."""
    answers = np.empty(0, int)
    try:
        answers = emotions(probabilities, rows)
    except BadInput as error:
        print(f"note: {target} is only a header: {error}")
    with atomic_write(target) as path:
        pd.DataFrame({"emotion": answers}).to_csv(path, index=False, lineterminator="\n")


def emotions(probabilities: Tensor, rows: Tensor) -> np.ndarray:
    """The most probable class of each row of test.csv. float32 [N, 7], int64 [N] → int64 [N]

    Raises:
        BadInput: the probabilities are those of other rows, or rows of test.csv were dropped, so
            that later rows of the submission would be shifted.
    """
    if probabilities.shape != (len(rows), len(CLASSES)):
        raise BadInput("the probabilities belong to other test rows; evaluate the model again.")
    if not torch.equal(rows, torch.arange(len(rows))):
        raise BadInput(
            "rows of test.csv were dropped as bad, but a submission needs a class for each row; "
            "correct them (ingest.on_bad_row: fail lists them)."
        )
    predicted: np.ndarray = probabilities.argmax(dim=1).numpy()
    return predicted
