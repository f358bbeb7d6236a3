"""`make cluster` on a private SLURM: what its nodes make is what one `dvc repro` makes."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.pipeline.dvc_runs import Running, start, wait_for
from tests.pipeline.outputs import differences
from tests.pipeline.workspace import Workspace
from tests.slurm import Cluster, cluster, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

MODELS = {"teacher": [], "pupil": ["teacher"], "single": []}
SECONDS = 15  # that a training takes, so that it can be disturbed


class Spread:
    """A workspace whose pipeline runs on a cluster."""

    def __init__(self, workspace: Workspace, slurm: Cluster) -> None:
        self.workspace = workspace
        workspace.environment["SLURM_CONF"] = slurm.environment["SLURM_CONF"]
        del workspace.environment["FER2013_RESUME_DIR"]
        (workspace.folder / "cluster.yaml").write_text("")
        workspace.commit("Ask for nothing special")

    def start(self) -> Running:
        return start(self.workspace, "python", "-m", "tools.cluster")

    def log(self, job: str) -> str:
        """What a job has printed in all its starts."""
        logs = self.workspace.folder.glob(f".dvc/tmp/cluster/*/{job}-*.log")
        return "".join(f"{log.name}:\n{log.read_text(errors='replace')}" for log in sorted(logs))


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


def stage(command: str, deps: list[str], out: str, in_git: bool = False) -> dict[str, Any]:
    make_folder = f"mkdir -p {Path(out).parent}"
    return {
        "cmd": f"exec sh -c '{make_folder}; {command} > {out}'",
        "deps": deps,
        "outs": [] if in_git else [out],
        "metrics": [{out: {"cache": False}}] if in_git else [],
    }


def stages() -> dict[str, Any]:
    """Shell commands: models without a teacher train the same bytes, at the same time."""
    made = {"tensors": stage("md5sum params.yaml", ["params.yaml"], "data/tensors.txt")}
    for model, teachers in MODELS.items():
        weights, score = f"models/{model}/weights.txt", f"metrics/scores/{model}.json"
        deps = ["data/tensors.txt", *(f"models/{teacher}/weights.txt" for teacher in teachers)]
        train = f"{{ echo trains >&2; sleep {SECONDS}; md5sum {' '.join(deps)}; }}"
        made[f"train_{model}"] = stage(train, deps, weights)
        made[f"evaluate_{model}"] = stage(f"md5sum {weights}", [weights], score, in_git=True)
    scores = [f"metrics/scores/{model}.json" for model in MODELS]
    made["compare"] = stage("cat metrics/scores/*", scores, "metrics/leaderboard.csv", in_git=True)
    return made


@pytest.fixture
def fresh(tmp_path: Path) -> Workspace:
    """A workspace with that pipeline, in which nothing has run."""
    workspace = Workspace.copy_of_repository(tmp_path / "fresh")
    params = {"models": dict.fromkeys(MODELS, 0)}
    for name, content in (("dvc.yaml", {"stages": stages()}), ("params.yaml", params)):
        (workspace.folder / name).write_text(yaml.safe_dump(content, sort_keys=False))
    (workspace.folder / ".gitignore").open("a").write("/data/*.txt\n/models/*/weights.txt\n")
    workspace.commit("Start")
    return workspace


def test_jobs_that_run_again_make_what_one_dvc_makes(
    fresh: Workspace, slurm: Cluster, tmp_path: Path
) -> None:
    """One job is sent back in the middle of its training, and another one's node is lost."""
    spread = Spread(fresh.copy(tmp_path / "50%_jobs" / "my faces"), slurm)
    running = spread.start()
    wait_for(running, lambda: "\ntrains" in spread.log("single"))
    slurm.run("scontrol", "requeue", slurm.jobs()["single"])
    wait_for(running, lambda: "\ntrains" in spread.log("teacher"))
    lost = slurm.run("squeue", "--noheader", "--name=teacher", "--format=%N").strip()
    slurm.lose(lost)
    fresh.run("dvc", "repro")  # meanwhile
    assert running.wait() == 0, f"{running.output()}\n{spread.log('*')}"
    slurm.start_node(lost)

    assert spread.log("single").count("\ntrains") == 2
    assert spread.log("teacher").count("\ntrains") == 2
    assert "Running stage 'train_" not in running.output()
    assert differences(fresh.folder, spread.workspace.folder) == []
    assert "up to date" in spread.workspace.run("dvc", "status")


@pytest.mark.long
@pytest.mark.parametrize("out_of_time", [False, True])
def test_a_training_that_is_cancelled_or_out_of_time_resumes(
    built: Workspace, slurm: Cluster, tmp_path: Path, out_of_time: bool
) -> None:
    serial = built.copy(tmp_path / "serial")
    serial.set("++models.vit.train.epochs=4")
    serial.run("dvc", "repro")
    serial.commit("Train for long")
    untrained = serial.copy(tmp_path / "fer2013")
    for name in ("metrics", "models", "data", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(untrained.folder / name)
    (untrained.folder / "dvc.lock").unlink()
    spread = Spread(untrained, slurm)
    running = spread.start()
    wait_for(running, lambda: "epoch 2/" in spread.log("vit"))
    if out_of_time:  # two minutes before its end it gets this signal, and runs again by itself
        slurm.run("scancel", "--batch", "--signal=USR1", slurm.jobs()["vit"])
    else:
        slurm.run("scancel", slurm.jobs()["vit"])
        assert running.wait() == 1
        assert "a job failed or was cancelled" in running.output()
        running = spread.start()
    assert running.wait() == 0, f"{running.output()}\n{spread.log('*')}"
    epochs = Counter(re.findall(r"epoch (\d+)/", spread.log("vit")))
    assert len(epochs) == 4
    assert epochs.total() <= 5
    assert differences(serial.folder, untrained.folder) == []
