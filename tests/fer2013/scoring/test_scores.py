import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, precision_score, recall_score

from fer2013.core.constants import CLASSES
from fer2013.core.losses import focal
from fer2013.scoring.scores import collapse, scores

SCIKIT_LEARN = {
    "macro_f1": f1_score,
    "macro_precision": precision_score,
    "macro_recall": recall_score,
}


@pytest.fixture
def judged() -> tuple[torch.Tensor, torch.Tensor]:
    """Probabilities for 500 faces, right more often than not, classes unevenly frequent."""
    generator = torch.Generator().manual_seed(0)
    frequencies = torch.tensor([0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
    labels = torch.multinomial(frequencies, 500, replacement=True, generator=generator)
    logits = torch.randn(500, 7, generator=generator)
    logits[torch.arange(500), labels] += 1.2
    return logits.softmax(dim=1), labels


def test_macro_scores_are_scikit_learns(judged: tuple[torch.Tensor, torch.Tensor]) -> None:
    probabilities, labels = judged
    result = scores(probabilities, labels, focal(2.0, torch.ones(7)))
    y, p = labels.numpy(), probabilities.argmax(dim=1).numpy()
    assert result["accuracy"] == pytest.approx((y == p).mean())
    assert result["accuracy_low"] < result["accuracy"] < result["accuracy_high"]
    for name, score in SCIKIT_LEARN.items():
        assert result[name] == pytest.approx(score(y, p, average="macro"), abs=1e-6)
    f1 = dict(zip(CLASSES, f1_score(y, p, average=None), strict=True))
    assert result["f1"] == pytest.approx(f1, abs=1e-6)


def test_losses(judged: tuple[torch.Tensor, torch.Tensor]) -> None:
    probabilities, labels = judged
    result = scores(probabilities, labels, focal(2.0, torch.ones(7)))
    p_t = probabilities[torch.arange(500), labels].numpy()
    assert result["cross_entropy"] == pytest.approx(-np.log(p_t).mean(), abs=1e-5)
    assert result["loss"] == pytest.approx((-((1 - p_t) ** 2) * np.log(p_t)).mean(), abs=1e-5)


def test_calibration_error_by_hand() -> None:
    """80 faces at confidence .9, 60 of them right; 20 at .6, all of them right."""
    rest = (1 - torch.tensor([0.9, 0.6])) / 6
    sure, unsure = (torch.full((7,), float(r)) for r in rest)
    sure[0], unsure[0] = 0.9, 0.6
    probabilities = torch.stack([sure] * 80 + [unsure] * 20)
    labels = torch.tensor([0] * 60 + [1] * 20 + [0] * 20)
    result = scores(probabilities, labels, focal(2.0, torch.ones(7)))
    assert result["calibration_error"] == pytest.approx(0.8 * 0.15 + 0.2 * 0.4, abs=1e-5)


def test_a_sure_mistake_has_a_finite_loss() -> None:
    result = scores(torch.eye(7)[[0, 1]], torch.tensor([1, 1]), focal(2.0, torch.ones(7)))
    assert np.isfinite([result["loss"], result["cross_entropy"]]).all()


def test_collapse_is_noticed() -> None:
    healthy = torch.arange(70) % 7
    assert collapse(healthy, healthy) == {"collapsed": False, "lost_classes": []}
    on_disgust = torch.tensor([1] * 95 + [3] * 5)
    lost = [name for name in CLASSES if name not in ("Disgust", "Happy")]
    assert collapse(on_disgust, torch.arange(100) % 7) == {"collapsed": True, "lost_classes": lost}
    assert not collapse(torch.tensor([1] * 90 + [3] * 10), torch.arange(100) % 7)["collapsed"]


def test_an_absent_class_is_not_lost_and_in_no_mean() -> None:
    """In one part it is predicted, in the other not: the means are over the same classes."""
    labels = torch.tensor([0, 0, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])  # no Disgust
    mistaken = torch.where(torch.arange(12) == 0, 1, labels)
    for predicted in (labels, mistaken):
        result = scores(torch.eye(7)[predicted], labels, focal(2.0, torch.ones(7)))
        same = {"average": "macro", "labels": [0, 2, 3, 4, 5, 6], "zero_division": 0}
        for name, score in SCIKIT_LEARN.items():
            expected = score(labels.numpy(), predicted.numpy(), **same)
            assert result[name] == pytest.approx(expected, abs=1e-6)
        assert result["lost_classes"] == []
