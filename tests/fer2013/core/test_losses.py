"""Losses and metrics are those of scikit-learn, PyTorch and torchmetrics, or their formulas."""

from math import exp, log

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.utils.class_weight import compute_class_weight
from torchmetrics.functional.classification import multiclass_f1_score

from fer2013.core.losses import ClassWeights, CrossEntropy, Focal, weights
from fer2013.core.metrics import f1, macro_f1

LABELS = torch.tensor([0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 6])


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(12, 7, generator=torch.Generator().manual_seed(0))


def test_balanced_weights_are_scikit_learns() -> None:
    expected = compute_class_weight("balanced", classes=np.arange(7), y=LABELS.numpy())
    assert np.allclose(weights("balanced", LABELS).numpy(), expected)
    assert weights("balanced", torch.tensor([0, 1]))[2:].tolist() == [0] * 5


@pytest.mark.parametrize("gamma", [0.5, 2.0])
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_focal_is_its_formula(
    logits: torch.Tensor, gamma: float, class_weights: ClassWeights
) -> None:
    options = Focal(name="focal", gamma=gamma, class_weights=class_weights)
    alpha = weights(class_weights, LABELS).tolist()
    terms = []
    for row, label in zip(logits.tolist(), LABELS.tolist(), strict=True):
        p_t = exp(row[label]) / sum(map(exp, row))
        terms.append(alpha[label] * (1 - p_t) ** gamma * -log(p_t))
    criterion = options.criterion(LABELS)
    assert float(criterion(logits, LABELS)) == pytest.approx(sum(terms) / 12, rel=1e-5)


def test_cross_entropy_is_pytorchs(logits: torch.Tensor) -> None:
    options = CrossEntropy(name="cross_entropy", class_weights="balanced", label_smoothing=0.1)
    alpha = weights("balanced", LABELS).float()
    expected = F.cross_entropy(logits, LABELS, weight=alpha, label_smoothing=0.1)
    assert torch.equal(options.criterion(LABELS)(logits, LABELS), expected)


def test_f1_is_that_of_torchmetrics() -> None:
    generator = torch.Generator().manual_seed(0)
    for faces in [*range(1, 100), 2839]:
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
