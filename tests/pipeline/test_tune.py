"""`make tune` with a small model: a finished trial is an experiment, another leaves none."""

import json
from pathlib import Path
from typing import Any

import optuna
import pytest

from fer2013.runtime.errors import BadInput
from tests.pipeline.test_processes import processes_of
from tests.pipeline.workspace import Workspace
from tools.tune import WITHOUT_PRUNING, read_space, study_of

SPACE = "optim.lr: {low: 0.0001, high: 0.01, log: true}\n"


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = built.copy(tmp_path / "fer2013")
    (workspace.folder / "tune.yaml").write_text(SPACE)
    workspace.commit("Search one rate")
    return workspace


def experiments(workspace: Workspace) -> set[str]:
    return set(workspace.run("dvc", "exp", "list", "--name-only").split())


def test_a_finished_trial_is_an_experiment(workspace: Workspace) -> None:
    output = workspace.make("tune", "MODEL=vit", "TRIALS=1")
    assert experiments(workspace) == {"tune-vit-0"}
    assert workspace.run("git", "status", "--porcelain") == ""  # the workspace is as it was

    workspace.run("dvc", "exp", "apply", "tune-vit-0")
    scores = json.loads(workspace.bytes_of("metrics/scores/vit.json"))
    assert f"best: tune-vit-0, {scores['val']['accuracy']:.2%}" in output
    changed = workspace.run("git", "diff", "--unified=0", "params.yaml").splitlines()
    (rate,) = [line for line in changed if line.startswith("+ ")]
    assert rate.split(": ")[1] in workspace.bytes_of("models/vit/config.yaml").decode()


def finished(accuracy: float, epochs: int) -> Any:
    """A trial as good as that in every epoch."""
    return optuna.trial.create_trial(
        params={"optim.lr": 0.001},
        distributions={"optim.lr": optuna.distributions.FloatDistribution(0.0001, 0.01, log=True)},
        intermediate_values=dict.fromkeys(range(1, epochs + 1), accuracy),
        value=accuracy,
    )


def test_a_study_goes_on_and_a_trial_behind_the_others_is_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.set("models.vit.train.epochs=200")
    workspace.commit("Train for long")
    monkeypatch.chdir(workspace.folder)
    study_of("vit").add_trials([finished(0.99, 200)] * WITHOUT_PRUNING)
    output = workspace.make("tune", "MODEL=vit", "TRIALS=1")
    assert f"tune-vit-{WITHOUT_PRUNING}: pruned after epoch 1 with" in output
    assert experiments(workspace) == set()
    assert list((workspace.folder / ".dvc/tmp/exps").glob("tmp*")) == []
    assert processes_of(workspace) == []
    assert workspace.run("git", "status", "--porcelain") == ""


def test_a_failing_trial_leaves_the_study_usable(workspace: Workspace) -> None:
    (workspace.folder / "tune.yaml").write_text("optim.lr: {low: -2, high: -1}\n")
    output = workspace.run("python", "-m", "tools.tune", "vit", "1", fails=True)
    assert "error: tune-vit-0 failed: " in output
    assert "input should be greater than 0" in output.split("failed: ")[1]
    assert "Traceback" not in output
    assert experiments(workspace) == set()


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ("optim.lr: {low: 1, high: 0.1}", "should hold low and a higher high"),
        ("optim.lr: {choices: [1]}", "choices: [1] is wrong: list should have at least 2 items"),
        ("optim.lr: {low: 0, high: 1, log: true}", "log: true needs a low above 0"),
    ],
)
def test_a_wrong_space_is_refused(in_copy: Path, space: str, why: str) -> None:
    Path("tune.yaml").write_text(space)
    with pytest.raises(BadInput) as error:
        read_space(Path("tune.yaml"))
    assert why in str(error.value)
