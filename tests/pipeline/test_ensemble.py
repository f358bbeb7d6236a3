"""The ensemble has the same results as a model, and its members are those of params.yaml."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load

from tests.pipeline.workspace import FEW_MODELS, Workspace

COST = ["parameters", "multiply_adds", "pflop"]


def probabilities(workspace: Workspace, model: str) -> dict[str, torch.Tensor]:
    return load(workspace.bytes_of(f"data/probabilities/{model}.safetensors"))


def test_the_ensemble_is_evaluated_plotted_compared_and_submitted(built: Workspace) -> None:
    mean = probabilities(built, "ensemble")
    members = [probabilities(built, model) for model in FEW_MODELS]
    torch.testing.assert_close(mean["val"], (members[0]["val"] + members[1]["val"]) / 2)

    scores = json.loads(built.bytes_of("metrics/scores/ensemble.json"))
    assert scores["members"] == list(FEW_MODELS)
    rows = pd.read_csv(built.folder / "metrics/leaderboard.csv", index_col="model")
    assert rows.val_accuracy["ensemble"] == scores["val"]["accuracy"]
    cost, costs = rows.loc["ensemble", COST], rows.loc[list(FEW_MODELS), COST]
    assert cost.tolist() == pytest.approx(costs.sum().tolist(), abs=2e-6)

    assert (built.folder / "metrics/confusion/ensemble.png").exists()
    submission = pd.read_csv(io.BytesIO(built.bytes_of("data/submission/ensemble.csv")))
    assert submission.emotion.tolist() == mean["unlabelled"].argmax(dim=1).tolist()


def test_too_few_members_are_refused_in_a_sentence(built: Workspace, tmp_path: Path) -> None:
    """More than dvc.yaml has places for: tests/stages/test_ensemble.py."""
    workspace = built.copy(tmp_path / "fer2013")
    workspace.set("ensemble.members=[vit]")
    output = workspace.run("dvc", "repro", "ensemble", fails=True)
    assert "Could not find 'ensemble.members.1'" in output
