import pytest
import torch

from fer2013.runtime.errors import BadInput
from fer2013.scoring.submission import emotions


def test_the_likeliest_class_of_each_row() -> None:
    assert emotions(torch.eye(7)[[3, 0, 6]], torch.arange(3)).tolist() == [3, 0, 6]
    assert emotions(torch.empty(0, 7), torch.arange(0)).tolist() == []


def test_predictions_of_other_rows_are_refused() -> None:
    with pytest.raises(BadInput, match=r"rows of test\.csv were dropped"):
        emotions(torch.eye(7)[:3], torch.tensor([0, 2, 3]))
    with pytest.raises(BadInput, match="belong to other test rows"):
        emotions(torch.eye(7)[:3], torch.arange(7))
