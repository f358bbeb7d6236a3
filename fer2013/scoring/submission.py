"""What Kaggle wants to be told of the test rows."""

import numpy as np
import torch
from torch import Tensor

from fer2013.base.constants import CLASSES
from fer2013.runtime.errors import BadInput


def emotions(probabilities: Tensor, rows: Tensor) -> np.ndarray:
    """The likeliest class of each test row, in the file's order. float32 [N, 7], int64 [N] → [N]

    Raises:
        BadInput: the probabilities are of other rows, or test rows were dropped, so that every
            later answer would stand in a wrong row.
    """
    if probabilities.shape != (len(rows), len(CLASSES)):
        raise BadInput(
            "the probabilities are not those of these test rows; evaluate the model again."
        )
    if not torch.equal(rows, torch.arange(len(rows))):
        raise BadInput(
            "rows of test.csv were dropped as bad, and a submission needs an answer for each; "
            "mend them (ingest.on_bad_row: fail names them)."
        )
    answers: np.ndarray = probabilities.argmax(dim=1).numpy()
    return answers
