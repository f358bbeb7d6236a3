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


def test_both_libraries_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    labels, guesses = torch.randint(0, 7, (2, 400), generator=generator)
    predicted = torch.where(torch.rand(400, generator=generator) < 0.6, labels, guesses)
    predicted[predicted == CLASSES.index("Disgust")] = 0  # never predicted
    names = {"actual": labels, "predicted": predicted}
    table = pd.DataFrame({name: [CLASSES[code] for code in codes] for name, codes in names.items()})
    monkeypatch.chdir(tmp_path)
    Path("metrics/predictions").mkdir(parents=True)
    table.to_csv("metrics/predictions/improved_cnn.csv", index=False)
    monkeypatch.setattr("sys.argv", ["report", "improved_cnn"])
    report.main()
    output = json.loads(Path("metrics/reports/improved_cnn.json").read_text())
    ours = scores(one_hot(predicted, 7).float(), labels, cross_entropy(torch.ones(7)))
    assert output["accuracy"] == pytest.approx(ours["accuracy"], abs=1e-6)
    for name, key in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score")):
        assert output["macro avg"][key] == pytest.approx(ours[f"macro_{name}"], abs=1e-6)
    assert output["confusion_matrix"] == multiclass_confusion_matrix(predicted, labels, 7).tolist()
