"""`make tune` with a small model: a finished trial is an experiment, another leaves none."""

import json
import re
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from fer2013.runtime.errors import BadInput
from tests.pipeline.dvc_runs import spawned_in
from tests.pipeline.workspace import Workspace
from tests.slurm import cluster, why_not
from tools.tune.search import FOLDER, WITHOUT_PRUNING, name_of, read_space, search, study_of

SPACE = "optim.lr: {low: 0.0001, high: 0.01, log: true}\n"


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = built.copy(tmp_path / "fer2013")
    (workspace.folder / "tune.yaml").write_text(SPACE)
    workspace.commit("Search one rate")
    return workspace


def experiments(workspace: Workspace) -> set[str]:
    return set(workspace.run("dvc", "exp", "list", "--name-only").split())


def accuracy(workspace: Workspace) -> float:
    return float(json.loads(workspace.bytes_of("metrics/scores/vit.json"))["val"]["accuracy"])


@pytest.mark.long
def test_a_finished_trial_is_an_experiment(workspace: Workspace) -> None:
    output = workspace.make("tune", "MODEL=vit", "TRIALS=1")
    assert experiments(workspace) == {"tune-vit-0"}
    assert workspace.run("git", "status", "--porcelain") == ""  # the workspace is as it was

    workspace.run("dvc", "exp", "apply", "tune-vit-0")
    assert f"best: tune-vit-0, {accuracy(workspace):.2%}" in output
    changed = workspace.run("git", "diff", "--unified=0", "params.yaml")
    (rate,) = re.findall(r"^\+ +lr: (.+)", changed, re.MULTILINE)
    assert rate in workspace.bytes_of("models/vit/config.yaml").decode()


@pytest.mark.long
def test_a_study_goes_on_and_a_trial_behind_the_others_is_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.set("models.vit.train.epochs=200")
    workspace.commit("Train for long")
    monkeypatch.chdir(workspace.folder)
    finished = optuna.trial.create_trial(
        params={"optim.lr": 0.001},
        distributions={"optim.lr": optuna.distributions.FloatDistribution(0.0001, 0.01, log=True)},
        intermediate_values=dict.fromkeys(range(1, 201), 0.99),
        value=0.99,
    )
    study_of("vit").add_trials([finished] * WITHOUT_PRUNING)
    output = workspace.make("tune", "MODEL=vit", "TRIALS=1")
    assert f"tune-vit-{WITHOUT_PRUNING}: pruned after epoch 1 with" in output
    assert experiments(workspace) == set()
    assert list((workspace.folder / ".dvc/tmp/exps").glob("tmp*")) == []
    assert spawned_in(workspace) == []
    assert workspace.run("git", "status", "--porcelain") == ""


@pytest.mark.long
@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
def test_trials_on_slurm_and_one_that_it_runs_again(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.folder / "cluster.yaml").write_text("")
    workspace.set("models.vit.train.epochs=3")
    workspace.commit("Ask for little")
    with cluster(tmp_path / "slurm", nodes=2) as slurm:
        workspace.environment["SLURM_CONF"] = slurm.environment["SLURM_CONF"]
        said = workspace.make("tune", "MODEL=vit", "TRIALS=2", "CLUSTER=2")
        (number,) = re.findall(r"Array job (\d+) has 2 trials, 2 at a time", said)
        study = study_of("vit", workspace.folder / FOLDER)
        slurm.wait_for(lambda: any(trial.intermediate_values for trial in study.trials), 300)
        slurm.run("scontrol", "requeue", f"{number}_0")
        slurm.wait_for(lambda: not slurm.jobs(), 600)

    (failed,) = study.get_trials(states=[TrialState.FAIL])
    finished = study.get_trials(states=[TrialState.COMPLETE])
    rates = [trial.params["optim.lr"] for trial in finished]
    assert len(set(rates)) == 2
    assert failed.params["optim.lr"] in rates  # again with the same values
    assert experiments(workspace) == {name_of(trial, "vit") for trial in finished}
    assert workspace.run("git", "status", "--porcelain") == ""
    best = name_of(study.best_trial, "vit")
    assert f"best: {best}, " in workspace.make("tune", "MODEL=vit", "TRIALS=0")
    workspace.run("dvc", "exp", "apply", best)
    assert accuracy(workspace) == study.best_value


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ("optim.lr: {low: 1, high: 0.1}", "tune.yaml: optim.lr should be {low: 0.1, high: 1"),
        ("optim.lr: {choice: [1]}", "tune.yaml: optim.lr should be"),
        ("optim.lr: {low: 0, high: 1e-3, log: true}", "should be"),
    ],
)
def test_a_wrong_space_is_refused(in_copy: Path, space: str, why: str) -> None:
    Path("tune.yaml").write_text(space)
    with pytest.raises(BadInput) as error:
        read_space(Path("tune.yaml"))
    assert why in str(error.value)


def test_integers_are_tried_where_integers_are_written(in_copy: Path) -> None:
    Path("tune.yaml").write_text("train.batch_size: {low: 32, high: 128}\n")
    study = study_of("vit")
    search(study, 3, lambda _: 0.5)
    assert all(isinstance(trial.params["train.batch_size"], int) for trial in study.trials)


def test_a_study_that_began_with_other_choices_is_named(in_copy: Path) -> None:
    Path("tune.yaml").write_text("loss.name: {choices: [focal, cross_entropy]}\n")
    search(study_of("vit"), 1, lambda _: 0.5)
    Path("tune.yaml").write_text("loss.name: {choices: [focal]}\n")
    with pytest.raises(BadInput, match=r"move \.dvc/tmp/tune/vit\.log away"):
        search(study_of("vit"), 1, lambda _: 0.5)
