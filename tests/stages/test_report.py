"""The scores of improved_cnn by scikit-learn and by torchmetrics agree."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch.nn.functional import one_hot
from torchmetrics.functional.classification import multiclass_confusion_matrix

from fer2013.core.constants import CLASSES
from fer2013.core.losses import cross_entropy
from fer2013.scoring.scores import scores
from stages import report


@pytest.fixture
def judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[torch.Tensor, torch.Tensor, Path]:
    """Labels and predictions of 400 faces; Disgust, the rarest class, is never predicted."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 7, (400,), generator=generator)
    guesses = torch.randint(0, 7, (400,), generator=generator)
    predicted = torch.where(torch.rand(400, generator=generator) < 0.6, labels, guesses)
    predicted[predicted == CLASSES.index("Disgust")] = 0
    table = {
        "row": range(400),
        "actual": [CLASSES[label] for label in labels],
        "predicted": [CLASSES[label] for label in predicted],
    }
    (tmp_path / "metrics/predictions").mkdir(parents=True)
    pd.DataFrame(table).to_csv(tmp_path / "metrics/predictions/improved_cnn.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["report", "improved_cnn"])
    report.main()
    return labels, predicted, tmp_path / "metrics/reports/improved_cnn.json"


def test_both_libraries_agree(judged: tuple[torch.Tensor, torch.Tensor, Path]) -> None:
    labels, predicted, path = judged
    output = json.loads(path.read_text())
    ours = scores(one_hot(predicted, 7).float(), labels, cross_entropy(torch.ones(7)))
    assert output["accuracy"] == pytest.approx(ours["accuracy"], abs=1e-6)
    for name in ("precision", "recall"):
        assert output["macro avg"][name] == pytest.approx(ours[f"macro_{name}"], abs=1e-6)
    assert output["macro avg"]["f1-score"] == pytest.approx(ours["macro_f1"], abs=1e-6)
    for name in CLASSES:
        assert output[name]["f1-score"] == pytest.approx(ours["f1"][name], abs=1e-6)
        assert output[name]["support"] == int((labels == CLASSES.index(name)).sum())
    matrix = multiclass_confusion_matrix(predicted, labels, 7)
    assert output["confusion_matrix"] == matrix.tolist()
    assert ours["lost_classes"] == ["Disgust"]
