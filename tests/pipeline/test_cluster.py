"""`make cluster` on a private SLURM: what three nodes make is what one `dvc repro` makes."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tests.slurm import Cluster, cluster, why_not
from tests.stress.byte_identity import differences, outputs
from tests.stress.dvc_runs import Running, start, wait_for

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

MODELS = {"teacher": [], "pupil": ["teacher"], "single": []}
SECONDS = 15  # that a training takes, so that it can be disturbed
RESULTS = ("dvc.lock", "metrics", "models", "data", ".dvc/cache", ".dvc/tmp")


class Spread:
    """A workspace whose pipeline runs on a cluster, with what a test does to it meanwhile."""

    def __init__(self, workspace: Workspace, slurm: Cluster) -> None:
        self.workspace, self.slurm = workspace, slurm
        workspace.environment["SLURM_CONF"] = slurm.environment["SLURM_CONF"]
        del workspace.environment["FER2013_RESUME_DIR"]
        (workspace.folder / "cluster.yaml").write_text("")
        workspace.commit("Ask for nothing special")

    def start(self, *models: str) -> Running:
        self.running = start(self.workspace, "python", "-m", "tools.cluster", *models)
        return self.running

    def wait(self, code: int = 0) -> str:
        assert self.running.wait() == code, f"{self.running.output()}\n{self.log('*')}"
        return self.running.output()

    def log(self, job: str) -> str:
        """What a job has printed in all its starts."""
        logs = self.workspace.folder.glob(f".dvc/tmp/cluster/*/{job}-*.log")
        return "".join(f"{log.name}:\n{log.read_text(errors='replace')}" for log in sorted(logs))

    def wait_until_it_says(self, job: str, words: str) -> None:
        wait_for(self.running, lambda: words in self.log(job))
        assert words in self.log(job), f"{self.running.output()}\n{self.log('*')}"


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
        weights = f"models/{model}/weights.txt"
        deps = ["data/tensors.txt", *(f"models/{teacher}/weights.txt" for teacher in teachers)]
        train = f"{{ echo trains >&2; sleep {SECONDS}; md5sum {' '.join(deps)}; }}"
        made[f"train_{model}"] = stage(train, deps, weights)
        made[f"submit_{model}"] = stage("echo id", [weights], f"data/submission/{model}.csv")
        score = f"metrics/scores/{model}.json"
        made[f"evaluate_{model}"] = stage(f"md5sum {weights}", [weights], score, in_git=True)
    scores = [f"metrics/scores/{model}.json" for model in MODELS]
    made["compare"] = stage("cat metrics/scores/*", scores, "metrics/leaderboard.csv", in_git=True)
    return made


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with that pipeline, in which nothing has run."""
    workspace = Workspace.copy_of_repository(tmp_path_factory.mktemp("fresh") / "fer2013")
    params = {"models": dict.fromkeys(MODELS, 0)}
    for name, content in (("dvc.yaml", {"stages": stages()}), ("params.yaml", params)):
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
    spread = Spread(fresh.copy(tmp_path / "50%_jobs" / "my faces"), slurm)
    spread.start()
    spread.wait_until_it_says("single", "\ntrains")
    slurm.run("scontrol", "requeue", slurm.jobs()["single"])
    spread.wait_until_it_says("teacher", "\ntrains")
    lost = slurm.run("squeue", "--noheader", "--name=teacher", "--format=%N").strip()
    slurm.lose(lost)
    said = spread.wait()
    slurm.start_node(lost)

    assert spread.log("single").count("\ntrains") == 2
    assert spread.log("teacher").count("\ntrains") == 2
    assert "Running stage 'train_" not in said
    assert differences(outputs(serial.folder), outputs(spread.workspace.folder)) == []
    assert "up to date" in spread.workspace.run("dvc", "status")


@pytest.mark.long
def test_what_is_up_to_date_is_not_trained_and_a_changed_tree_is_left_alone(
    serial: Workspace, slurm: Cluster, tmp_path: Path
) -> None:
    spread = Spread(serial.copy(tmp_path / "fer2013"), slurm)
    running = spread.start("pupil")
    wait_for(running, lambda: "4 jobs: " in running.output())  # its teacher is one of them
    (spread.workspace.folder / "params.yaml").open("a").write("# a thought\n")
    assert "This tree has changed since." in spread.wait()
    assert "Running stage" not in spread.log("*")


@pytest.fixture(scope="module")
def trained(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with real trainings, one of which is long enough to be disturbed."""
    workspace = built.copy(tmp_path_factory.mktemp("trained") / "fer2013")
    workspace.set("++models.vit.train.epochs=4")
    workspace.run("dvc", "repro")
    workspace.commit("Train for long")
    return workspace


@pytest.fixture
def untrained(trained: Workspace, tmp_path: Path) -> Workspace:
    """The same in which nothing has run."""
    copy = trained.copy(tmp_path / "fer2013")
    for path in (copy.folder / name for name in RESULTS):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy.commit("Take the results away")
    return copy


@pytest.mark.long
@pytest.mark.parametrize("out_of_time", [False, True])
def test_a_training_that_is_cancelled_or_out_of_time_resumes(
    trained: Workspace, untrained: Workspace, slurm: Cluster, out_of_time: bool
) -> None:
    spread = Spread(untrained, slurm)
    spread.start()
    spread.wait_until_it_says("vit", "epoch 2/")
    if out_of_time:  # two minutes before its end it gets this signal, and runs again by itself
        slurm.run("scancel", "--batch", "--signal=USR1", slurm.jobs()["vit"])
    else:
        slurm.run("scancel", slurm.jobs()["vit"])
        assert "a job failed or was cancelled" in spread.wait(code=1)
        spread.start()
    spread.wait()
    epochs = Counter(re.findall(r"epoch (\d+)/", spread.log("vit")))
    assert len(epochs) == 4
    assert epochs.total() <= 5
    assert differences(outputs(trained.folder), outputs(untrained.folder)) == []


def test_no_command_is_shown_untested() -> None:
    page = (REPOSITORY / "docs/cluster.md").read_text()
    shown = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    assert "".join(shown[:2]).splitlines() == [
        "make cluster",
        'make cluster MODELS="mentor champion"',  # with other models above
    ]
