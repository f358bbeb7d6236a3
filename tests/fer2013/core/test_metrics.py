"""The metrics of each epoch are torchmetrics', to the bit."""

import torch
from torchmetrics.functional.classification import multiclass_f1_score

from fer2013.core.metrics import f1, macro_f1


def test_f1_is_that_of_torchmetrics() -> None:
    generator = torch.Generator().manual_seed(0)
    for faces in [*range(1, 200), 2839, 25870]:
        labels = torch.randint(0, 7, (faces,), generator=generator)
        guesses = torch.randint(0, 7, (faces,), generator=generator)
        right = torch.rand(faces, generator=generator) < 0.6
        predicted = torch.where(right, labels, guesses)
        expected = multiclass_f1_score(predicted, labels, 7, average="none")
        assert torch.equal(f1(predicted, labels), expected)
        if len(torch.unique(labels)) == 7:
            expected = multiclass_f1_score(predicted, labels, 7, average="macro")
            assert macro_f1(predicted, labels) == float(expected)


def test_a_class_without_labels_counts_in_no_mean() -> None:
    labels, predicted = torch.tensor([0, 0, 2, 2]), torch.tensor([0, 1, 2, 2])
    scores = multiclass_f1_score(predicted, labels, 7, average="none")
    assert macro_f1(predicted, labels) == float(scores[[0, 2]].mean())
