import numpy as np
import pytest
import torch

from fer2013.core.constants import CLASSES
from fer2013.core.losses import focal
from fer2013.scoring.scores import collapse, scores

FOCAL = focal(2.0, torch.ones(7))


def test_the_losses_are_of_the_labels_probability() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(7, (500,), generator=generator)
    probabilities = torch.randn(500, 7, generator=generator).softmax(dim=1)
    result = scores(probabilities, labels, FOCAL)
    p_t = probabilities[torch.arange(500), labels].numpy()
    assert result["cross_entropy"] == pytest.approx(-np.log(p_t).mean(), abs=1e-5)
    assert result["loss"] == pytest.approx((-((1 - p_t) ** 2) * np.log(p_t)).mean(), abs=1e-5)


def test_a_sure_mistake_has_a_finite_loss() -> None:
    result = scores(torch.eye(7)[[0, 1]], torch.tensor([1, 1]), FOCAL)
    assert np.isfinite([result["loss"], result["cross_entropy"]]).all()


def test_an_absent_class_is_not_lost_and_in_no_mean() -> None:
    labels = torch.tensor([0, 0, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])  # no Disgust
    right = scores(torch.eye(7)[labels], labels, FOCAL)
    assert right["macro_f1"] == right["macro_recall"] == right["macro_precision"] == 1
    mistaken = torch.where(torch.arange(12) == 0, 1, labels)  # an Angry face is taken for Disgust
    result = scores(torch.eye(7)[mistaken], labels, FOCAL)
    assert result["accuracy"] == pytest.approx(11 / 12, abs=1e-6)
    assert result["accuracy_low"] < result["accuracy"] < result["accuracy_high"]
    assert result["macro_recall"] == pytest.approx((1 / 2 + 5) / 6, abs=1e-6)
    assert result["macro_precision"] == 1
    assert result["macro_f1"] == pytest.approx((2 / 3 + 5) / 6, abs=1e-6)
    assert list(result["f1"].values()) == pytest.approx([2 / 3, 0, 1, 1, 1, 1, 1], abs=1e-6)
    assert right["lost_classes"] == result["lost_classes"] == []


def test_calibration_error_by_hand() -> None:
    """80 faces at confidence .9, 60 of them right; 20 at .6, all of them right."""
    rest = (1 - torch.tensor([0.9, 0.6])) / 6
    sure, unsure = (torch.full((7,), float(r)) for r in rest)
    sure[0], unsure[0] = 0.9, 0.6
    probabilities = torch.stack([sure] * 80 + [unsure] * 20)
    labels = torch.tensor([0] * 60 + [1] * 20 + [0] * 20)
    result = scores(probabilities, labels, FOCAL)
    assert result["calibration_error"] == pytest.approx(0.8 * 0.15 + 0.2 * 0.4, abs=1e-5)


def test_collapse_is_noticed() -> None:
    healthy = torch.arange(70) % 7
    assert collapse(healthy, healthy) == {"collapsed": False, "lost_classes": []}
    on_disgust = torch.tensor([1] * 95 + [3] * 5)
    lost = [name for name in CLASSES if name not in ("Disgust", "Happy")]
    assert collapse(on_disgust, torch.arange(100) % 7) == {"collapsed": True, "lost_classes": lost}
    assert not collapse(torch.tensor([1] * 90 + [3] * 10), torch.arange(100) % 7)["collapsed"]
