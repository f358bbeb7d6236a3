from math import exp, log

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.utils.class_weight import compute_class_weight

from fer2013.core.losses import ClassWeights, CrossEntropy, Focal, balanced_weights

LABELS = torch.tensor([0, 0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 6])


@pytest.fixture
def logits() -> torch.Tensor:
    return torch.randn(12, 7, generator=torch.Generator().manual_seed(0))


def test_balanced_weights_are_scikit_learns() -> None:
    expected = compute_class_weight("balanced", classes=np.arange(7), y=LABELS.numpy())
    assert np.allclose(balanced_weights(LABELS).numpy(), expected)


def test_a_class_without_faces_weighs_nothing() -> None:
    assert balanced_weights(torch.tensor([0, 1]))[2:].tolist() == [0] * 5


@pytest.mark.parametrize("gamma", [0.5, 2.0])
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_focal_is_its_formula(
    logits: torch.Tensor, gamma: float, class_weights: ClassWeights
) -> None:
    options = Focal(name="focal", gamma=gamma, class_weights=class_weights)
    weights = balanced_weights(LABELS) if class_weights == "balanced" else torch.ones(7)
    terms = []
    for row, label in zip(logits.tolist(), LABELS.tolist(), strict=True):
        p_t = exp(row[label]) / sum(map(exp, row))
        terms.append(float(weights[label]) * (1 - p_t) ** gamma * -log(p_t))
    criterion = options.criterion(LABELS)
    assert float(criterion(logits, LABELS)) == pytest.approx(sum(terms) / 12, rel=1e-5)


def test_cross_entropy_is_pytorchs(logits: torch.Tensor) -> None:
    options = CrossEntropy(name="cross_entropy", class_weights="balanced")
    expected = F.cross_entropy(logits, LABELS, weight=balanced_weights(LABELS).float())
    assert torch.equal(options.criterion(LABELS)(logits, LABELS), expected)


def test_label_smoothing_gives_each_class_its_share(logits: torch.Tensor) -> None:
    options = CrossEntropy(name="cross_entropy", class_weights="none", label_smoothing=0.1)
    targets = 0.9 * F.one_hot(LABELS, 7) + 0.1 / 7
    expected = -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()
    assert torch.allclose(options.criterion(LABELS)(logits, LABELS), expected)
