"""The ensemble has the same results as a model, and its members are those of params.yaml."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import load

from tests.pipeline.test_wandb import with_wandb
from tests.pipeline.workspace import FEW_MODELS, Workspace
from tests.wandb_files import read_runs

COST = ["parameters", "multiply_adds", "pflop"]


def probabilities(workspace: Workspace, model: str) -> dict[str, torch.Tensor]:
    return load(workspace.bytes_of(f"data/probabilities/{model}.safetensors"))


def table(workspace: Workspace, path: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(workspace.bytes_of(path)))


def test_the_ensemble_is_evaluated_plotted_compared_and_submitted(built: Workspace) -> None:
    mean = probabilities(built, "ensemble")
    members = [probabilities(built, model) for model in FEW_MODELS]
    torch.testing.assert_close(mean["val"], (members[0]["val"] + members[1]["val"]) / 2)

    scores: dict[str, Any] = json.loads(built.bytes_of("metrics/scores/ensemble.json"))
    predictions = table(built, "metrics/predictions/ensemble.csv")
    right = (predictions.actual == predictions.predicted).mean()
    assert scores["members"] == list(FEW_MODELS)
    assert scores["val"]["accuracy"] == pytest.approx(right, abs=1e-6)

    rows = table(built, "metrics/leaderboard.csv").set_index("model")
    assert rows.val_accuracy["ensemble"] == scores["val"]["accuracy"]
    cost, costs = rows.loc["ensemble", COST], rows.loc[list(FEW_MODELS), COST]
    assert cost.tolist() == pytest.approx(costs.sum().tolist(), abs=2e-6)
    assert pd.isna(rows.epochs["ensemble"])

    assert (built.folder / "metrics/confusion/ensemble.png").exists()
    answers = table(built, "data/submission/ensemble.csv").emotion
    assert answers.tolist() == mean["unlabelled"].argmax(dim=1).tolist()


@pytest.mark.long
def test_members_follow_params_and_wandb_has_the_ensembles_run(
    built: Workspace, tmp_path: Path
) -> None:
    workspace = with_wandb(built.copy(tmp_path / "fer2013"), "offline")
    workspace.set("ensemble.members=[vit,resnet]")
    # The mean of two is the same in either order, and so is all that follows from it.
    assert workspace.ran("dvc", "repro", "ensemble") == {"configure", "ensemble"}

    scores = json.loads(workspace.bytes_of("metrics/scores/ensemble.json"))
    run_id = json.loads(workspace.bytes_of("models/ensemble/run.json"))["id"]
    output = workspace.run("python", "-m", "tools.wandb_log", "ensemble")
    assert output.splitlines()[-1] == f"ensemble's result is in the W&B run {run_id}."
    run = read_runs(workspace.folder / "wandb")[run_id]
    assert run.summary["members"] == ["vit", "resnet"]
    assert run.summary["val.accuracy"] == scores["val"]["accuracy"]
    assert {picture.read_bytes() for picture in run.media} == {
        workspace.bytes_of("metrics/confusion/ensemble.png")
    }


def test_too_few_members_are_refused_in_a_sentence(built: Workspace, tmp_path: Path) -> None:
    """More than dvc.yaml has places for: tests/stages/test_ensemble.py."""
    workspace = built.copy(tmp_path / "fer2013")
    workspace.set("ensemble.members=[vit]")
    output = workspace.run("dvc", "repro", "ensemble", fails=True)
    assert "Could not find 'ensemble.members.1'" in output
