"""`make cluster` on a private SLURM: what three nodes make is what one `dvc repro` makes.

The pipeline is one of shell commands, with a teacher, a pupil and a model without either: what jobs
run is DVC's business, not theirs. tests/stress/cluster.py spreads real trainings.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tests.slurm import Cluster, cluster, why_not
from tests.stress.byte_identity import differences, outputs
from tests.stress.cluster import Spread, settle

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

MODELS = {"teacher": [], "pupil": ["teacher"], "single": []}
PARAMS = {"train": {"processes": 1}, "models": {model: {} for model in MODELS}}
SECONDS = 10  # that a training takes, so that it can be disturbed


def stage(command: str, deps: list[str], out: str, in_git: bool = False) -> dict[str, Any]:
    make_folder = f"mkdir -p {Path(out).parent}"
    return {
        "cmd": f"exec sh -c '{make_folder}; {command} > {out}'",
        "deps": deps,
        "outs": [] if in_git else [out],
        "metrics": [{out: {"cache": False}}] if in_git else [],
    }


def stages() -> dict[str, Any]:
    """Models without a teacher train the same bytes, at the same time, which DVC's cache minds."""
    made = {
        "tensors": stage("md5sum params.yaml", ["params.yaml"], "data/tensors.txt"),
        "configure": stage("cat params.yaml", ["params.yaml"], "models/config.yaml", in_git=True),
    }
    for model, teachers in MODELS.items():
        weights = f"models/{model}/weights.txt"
        deps = ["data/tensors.txt", "models/config.yaml"]
        deps += [f"models/{teacher}/weights.txt" for teacher in teachers]
        says = "echo trains $RANK of $WORLD_SIZE >&2"
        train = f"{{ {says}; sleep {SECONDS}; md5sum {' '.join(deps)}; }}"
        made[f"train_{model}"] = stage(train, deps, weights)
        made[f"submit_{model}"] = stage("echo id", [weights], f"data/submission/{model}.csv")
        score = f"metrics/scores/{model}.json"
        made[f"evaluate_{model}"] = stage(f"md5sum {weights}", [weights], score, in_git=True)
    scores = [f"metrics/scores/{model}.json" for model in MODELS]
    made["compare"] = stage("cat metrics/scores/*", scores, "metrics/leaderboard.csv", in_git=True)
    return made


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with that pipeline, in which nothing has run."""
    workspace = Workspace.copy_of_repository(tmp_path_factory.mktemp("fresh") / "fer2013")
    for name, content in (("dvc.yaml", {"stages": stages()}), ("params.yaml", PARAMS)):
        (workspace.folder / name).write_text(yaml.safe_dump(content, sort_keys=False))
    (workspace.folder / ".gitignore").open("a").write("/data/*.txt\n/models/*/weights.txt\n")
    workspace.commit("Start")
    return workspace


@pytest.fixture(scope="module")
def serial(fresh: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = fresh.copy(tmp_path_factory.mktemp("serial") / "fer2013")
    workspace.run("dvc", "repro")
    workspace.commit("Run everything")
    return workspace


def test_jobs_that_run_again_make_what_one_dvc_makes(
    fresh: Workspace, serial: Workspace, slurm: Cluster, tmp_path: Path
) -> None:
    """One job is sent back in the middle of its training, and another one's node is lost."""
    spread = Spread(fresh.copy(tmp_path / "fer2013"), slurm)
    settle(spread)
    spread.start()
    spread.wait_until_it_says("single", "\ntrains")
    slurm.run("scontrol", "requeue", spread.number("single"))
    spread.wait_until_it_says("teacher", "\ntrains")
    lost = spread.node("teacher")
    slurm.kill(lost)
    slurm.run("scontrol", "update", f"nodename={lost}", "state=drain", "reason=test")
    said = spread.wait()
    slurm.start_node(lost)
    slurm.run("scontrol", "update", f"nodename={lost}", "state=resume")

    assert spread.log("single").count("\ntrains") == 2
    assert differences(outputs(serial.folder), outputs(spread.tree)) == []
    assert [tree.name for tree in (spread.run / "trees").iterdir()] == ["results"]

    for command in said.splitlines()[-3:]:  # what it says to do next
        spread.workspace.run("sh", "-c", command)
    assert differences(outputs(serial.folder), outputs(spread.workspace.folder)) == []
    assert "up to date" in spread.workspace.run("dvc", "status")


@pytest.mark.long
def test_make_cluster_trains_nothing_that_is_up_to_date(
    serial: Workspace, slurm: Cluster, tmp_path: Path
) -> None:
    spread = Spread(serial.copy(tmp_path / "fer2013"), slurm)
    settle(spread)
    said = spread.workspace.make("cluster", "MODELS=teacher pupil")
    assert said.splitlines()[-1].startswith("4 jobs, ")
    slurm.wait_for(lambda: not slurm.jobs(), 300)
    assert "Running stage" not in spread.logs()
    assert differences(outputs(serial.folder), outputs(spread.tree)) == []


@pytest.mark.long
def test_a_training_of_two_processes_is_spread_over_two_nodes(
    fresh: Workspace, slurm: Cluster, tmp_path: Path
) -> None:
    spread = Spread(fresh.copy(tmp_path / "fer2013"), slurm)
    spread.workspace.set("++models.single.train.processes=2")
    settle(spread, {"single": {"nodes": 2}})
    spread.start("single")
    spread.wait()
    assert sorted(re.findall(r"^trains (.*)$", spread.log("single"), re.M)) == ["0 of 2", "1 of 2"]
    assert "train_single" in (spread.tree / "dvc.lock").read_text()
    assert "compare is left out: there is no metrics/scores/" in spread.log("results")


def test_no_command_is_shown_untested() -> None:
    page = (REPOSITORY / "docs/cluster.md").read_text()
    shown = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    assert "".join(shown).splitlines() == [
        "make cluster",
        'make cluster MODELS="mentor champion"',  # with other models above
    ]
