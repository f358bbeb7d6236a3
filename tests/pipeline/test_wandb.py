"""W&B gets all results of a model in one run, also after a kill, and nothing while it is disabled.

W&B writes files while offline; these tests read them back.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from fer2013.core.sections import read_yaml
from tests.pipeline.dvc_runs import kill, start, wait_for
from tests.pipeline.workspace import Workspace
from tests.wandb_files import WandbRun, read_runs

LOG = ("python", "-m", "tools.wandb_log", "resnet")


@pytest.mark.long
def test_a_killed_and_repeated_run_is_complete_in_one_wandb_run(
    built: Workspace, tmp_path: Path
) -> None:
    workspace = with_wandb(built.copy(tmp_path / "killed"), "offline")
    workspace.set("train.epochs=3")
    running = start(workspace, "dvc", "repro", "evaluate_resnet")
    wait_for(running, workspace.resume_files)
    kill(running, "group")
    assert "resumed after epoch" in workspace.run("dvc", "repro", "evaluate_resnet")
    assert_whole(the_run(workspace), workspace, epochs=3)


def test_wandb_gets_a_committed_result_only_on_request(built: Workspace, tmp_path: Path) -> None:
    workspace = with_wandb(built.copy(tmp_path / "committed"), "")
    workspace.run("dvc", "repro", "--force", "--single-item", "evaluate_resnet")
    output = workspace.run(*LOG, fails=True)
    assert output == (
        "error: W&B is disabled; set WANDB_MODE=online (or offline) in the environment.\n"
    )
    assert not (workspace.folder / "wandb").exists()

    with_wandb(workspace, "offline").run(*LOG)
    assert_whole(the_run(workspace), workspace, epochs=1)


def with_wandb(workspace: Workspace, mode: str) -> Workspace:
    """Give a workspace this W&B mode ("" is none) in place of what the tests' own user has set."""
    for name in [name for name in workspace.environment if name.startswith("WANDB_")]:
        del workspace.environment[name]
    if mode:
        workspace.environment["WANDB_MODE"] = mode
    return workspace


def the_run(workspace: Workspace) -> WandbRun:
    """What W&B has, which is to be one run, under the id that training has left."""
    runs = read_runs(workspace.folder / "wandb")
    assert list(runs) == [json.loads(workspace.bytes_of("models/resnet/run.json"))["id"]]
    return next(iter(runs.values()))


def assert_whole(run: WandbRun, workspace: Workspace, epochs: int) -> None:
    """The run has resnet's configuration, epochs, scores and picture, as the files have them."""
    config = read_yaml(workspace.folder / "models/resnet/config.yaml")
    assert {key: value for key, value in run.config.items() if key != "_wandb"} == config

    table = pd.read_csv(workspace.folder / "metrics/epochs/resnet.tsv", sep="\t")
    logged = {row["epoch"]: row for row in run.history if "epoch" in row}
    assert sorted(logged) == list(range(1, epochs + 1))
    for row in table.to_dict("records"):
        values = {name: logged[row["epoch"]][name] for name in row}
        assert values == pytest.approx(row, rel=1e-5)

    scores = json.loads(workspace.bytes_of("metrics/scores/resnet.json"))
    assert run.summary["epoch"] == scores["epoch"]
    for name, value in scores["val"].items():
        assert run.summary[f"val.{name}"] == value, name

    [picture] = run.media
    assert picture.read_bytes() == workspace.bytes_of("metrics/confusion/resnet.png")
