"""The scores of a data set with labelled test parts and planted copies, computed by hand."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fer2013.core import networks
from fer2013.core.config import merge, resolve, write_section
from fer2013.core.constants import CLASSES
from fer2013.core.sections import read_yaml
from fer2013.core.weights import save_weights
from fer2013.data.sample import draw_data_set, draw_face
from stages import evaluate, ingest, split, tensors

COMPUTED_ON = {"device": "cpu", "name": "a processor"}
IDENTICAL, NEAR = 12, 5  # of each test part's faces stand in Training too, the same or brighter
PER_TEST_PART = 40


@pytest.fixture
def evaluated(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data stages and evaluate, run on fer2013.csv with an untrained network."""
    params = read_yaml(Path("params.yaml"))
    write_labelled_layout(in_copy / "data/raw")
    for stage in (ingest, split, tensors):
        stage.main()
    tiny = {"network": {"channels": [8, 16], "blocks": 1}, "train": {"threads": 1}}
    params["models"] = {"tiny": merge(params["models"]["resnet"], tiny)}
    config = resolve(params, "tiny")
    (in_copy / "models/tiny").mkdir(parents=True)
    write_section(config, in_copy / "models/tiny/config.yaml")
    torch.manual_seed(3)
    weights = networks.build(config.network).state_dict()
    weights["head.weight"] *= 30  # so that it does not say the same of every face
    save_weights(weights, 5, in_copy / "models/tiny/weights.safetensors")
    run = {"id": "test", "computed_on": COMPUTED_ON}
    (in_copy / "models/tiny/run.json").write_text(json.dumps(run))
    monkeypatch.setattr("sys.argv", ["evaluate", "tiny"])
    evaluate.main()
    return in_copy


def write_labelled_layout(folder: Path) -> None:
    faces, labels, _ = draw_data_set(300, 1, seed=0)
    rng = np.random.default_rng(1)
    usable = np.flatnonzero(faces.any(axis=(1, 2)))
    lines = [row(face, label, "Training") for face, label in zip(faces, labels, strict=True)]
    for usage in ("PublicTest", "PrivateTest"):
        own = np.stack([person(CLASSES[face % 7], rng) for face in range(PER_TEST_PART)])
        own[:IDENTICAL] = faces[usable[:IDENTICAL]]
        near = faces[usable[100 : 100 + NEAR]]
        own[IDENTICAL : IDENTICAL + NEAR] = np.clip(near * 0.8 + 50, 0, 255)
        lines += [row(face, index % 7, usage) for index, face in enumerate(own)]
    folder.mkdir(parents=True)
    (folder / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *lines, ""]))


def person(expression: str, rng: np.random.Generator) -> np.ndarray:
    """A drawn face with a skin of its own, as drawn faces of one expression are much alike."""
    skin = cv2.GaussianBlur(rng.normal(0, 200, (48, 48)), (0, 0), 1.5)
    return np.clip(draw_face(expression, rng) + skin, 0, 255).astype(np.uint8)


def row(face: np.ndarray, label: int, usage: str) -> str:
    return f"{label},{' '.join(map(str, face.ravel()))},{usage}"


def test_scores_by_hand(evaluated: Path) -> None:
    scores: dict[str, Any] = read_yaml(evaluated / "metrics/scores/tiny.json")
    probabilities = load_file(evaluated / "data/probabilities/tiny.safetensors")
    assert scores["epoch"] == 5
    assert scores["computed_on"] == COMPUTED_ON  # by git alone, a review reads it here
    labels = np.arange(PER_TEST_PART) % 7
    for part in ("public_test", "private_test"):
        right = probabilities[part].argmax(dim=1).numpy() == labels
        assert scores[part]["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
        assert scores[part]["faces"] == PER_TEST_PART
        for key, copies in (("without_identical", IDENTICAL), ("clean", IDENTICAL + NEAR)):
            assert scores[part][key]["faces"] == PER_TEST_PART - copies
            assert scores[part][key]["accuracy"] == pytest.approx(right[copies:].mean(), abs=1e-6)
    assert scores["private_test"]["clean"]["accuracy"] != scores["private_test"]["accuracy"]
    assert "unlabelled" not in scores
    assert "clean" not in scores["val"]
    assert len(probabilities["unlabelled"]) == 0
    assert scores["train"]["faces"] + scores["val"]["faces"] == 300


def test_predictions_are_of_the_validation_rows(evaluated: Path) -> None:
    predictions = pd.read_csv(evaluated / "metrics/predictions/tiny.csv")
    probabilities = load_file(evaluated / "data/probabilities/tiny.safetensors")["val"]
    source = pd.read_csv(evaluated / "data/raw/fer2013.csv")
    assert (source.Usage[predictions.row] == "Training").all()
    actual = [CLASSES[label] for label in source.emotion[predictions.row]]
    assert predictions.actual.tolist() == actual
    predicted = [CLASSES[index] for index in probabilities.argmax(dim=1)]
    assert predictions.predicted.tolist() == predicted
    scores: dict[str, Any] = read_yaml(evaluated / "metrics/scores/tiny.json")
    right = (predictions.actual == predictions.predicted).mean()
    assert scores["val"]["accuracy"] == pytest.approx(right, abs=1e-6)
