"""Does the pipeline on SLURM give the bytes of one serial `dvc repro`, whatever befalls its jobs?

    python -m tests.stress.cluster              all models; about an hour on two cores
    python -m tests.stress.cluster vit resnet   only these; the first is the one that is disturbed

Every run spreads the whole pipeline of these models, on few faces of the built-in sample, over the
three nodes of a private SLURM. Compared are dvc.lock and each file of each output of each stage.
The epochs that each training printed tell what was computed twice.
"""

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline.workspace import MODELS, Workspace
from tests.slurm import Cluster, cluster, why_not
from tests.stress.byte_identity import differences, outputs
from tests.stress.dvc_runs import Running, start, wait_for

RESULTS = ("dvc.lock", "metrics", "models", "data", ".dvc/cache", ".dvc/tmp")
QUICK = {"warning": 30, "restarts": 20, "defaults": {"cpus": 1}}
VICTIM = "vit"  # whose training is disturbed
EPOCHS = 4  # of the victim, so that there is time to disturb it


@dataclass
class Spread:
    """A workspace whose pipeline runs on a cluster, with what a test does to it meanwhile."""

    workspace: Workspace
    slurm: Cluster
    running: Running | None = None

    def __post_init__(self) -> None:
        self.workspace.environment["SLURM_CONF"] = self.slurm.environment["SLURM_CONF"]

    def start(self, *words: str) -> None:
        self.running = start(self.workspace, "python", "-m", "tools.cluster", "--wait", *words)

    def wait(self) -> str:
        assert self.running is not None
        assert self.running.wait() == 0, f"{self.running.output()}\n{self.logs()}"
        return self.running.output()

    @property
    def run(self) -> Path:
        return max(self.workspace.folder.glob(".dvc/tmp/cluster/2*"))

    @property
    def tree(self) -> Path:
        return self.run / "trees/results"

    def log(self, job: str) -> str:
        """What a job has printed in all runs."""
        logs = sorted(self.workspace.folder.glob(f".dvc/tmp/cluster/2*/logs/{job}.log"))
        return "".join(log.read_text(errors="replace") for log in logs)

    def logs(self) -> str:
        return "\n".join(
            f"{log.name}: {log.read_text()[-2000:]}" for log in self.run.glob("logs/*")
        )

    def wait_until_it_says(self, job: str, words: str) -> None:
        assert self.running is not None
        wait_for(self.running, lambda: words in self.log(job))
        assert words in self.log(job), f"{self.running.output()}\n{self.logs()}"

    def number(self, job: str) -> str:
        return self.slurm.jobs()[job][0]

    def node(self, job: str) -> str:
        return self.slurm.run("squeue", "--noheader", f"--name={job}", "--format=%N").strip()

    def repeated(self, model: str) -> int:
        """How many epochs of a model's training were computed again."""
        counts = Counter(re.findall(r"epoch (\d+)/", self.log(model)))
        return sum(count - 1 for count in counts.values())


def without_results(workspace: Workspace, folder: Path) -> Workspace:
    """A copy in which nothing has run yet, neither is anything in its cache."""
    copy = workspace.copy(folder)
    for name in RESULTS:
        path = copy.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    copy.commit("Take the results away")
    return copy


def undisturbed(spread: Spread, victim: str) -> None:
    spread.start()


def requeued(spread: Spread, victim: str) -> None:
    """`scontrol requeue` in the middle of a training."""
    spread.start()
    spread.wait_until_it_says(victim, "epoch 2/")
    spread.slurm.run("scontrol", "requeue", spread.number(victim))


def cancelled(spread: Spread, victim: str) -> None:
    """`scancel` in the middle of a training, which fails the run, and the same command again."""
    spread.start()
    spread.wait_until_it_says(victim, "epoch 2/")
    spread.slurm.run("scancel", spread.number(victim))
    assert spread.running is not None
    assert spread.running.wait() == 1
    assert "a job failed or was cancelled" in spread.running.output()
    spread.start()


def slurmd_killed(spread: Spread, victim: str) -> None:
    """kill -9 of the slurmd of a training's node, and that node drained; the training goes on."""
    spread.start()
    spread.wait_until_it_says(victim, "epoch 2/")
    node = spread.node(victim)
    spread.slurm.kill(node)
    spread.slurm.run("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")


def out_of_time(spread: Spread, victim: str) -> None:
    """A minute for a training that needs more."""
    spread.start()
    spread.wait_until_it_says(victim, "out of time; SLURM runs this job again")


SCENARIOS: dict[str, Callable[[Spread, str], None]] = {
    "undisturbed": undisturbed,
    "scontrol requeue": requeued,
    "scancel, then again": cancelled,
    "slurmd killed, its node drained": slurmd_killed,
    "out of time": out_of_time,
}


def main() -> None:
    reason = why_not()
    if reason:
        sys.exit(f"not tried: {reason}")
    models = sys.argv[1:] or [VICTIM, *(model for model in MODELS if model != VICTIM)]
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        if not compare_all(models, Path(folder)):
            sys.exit(1)


def compare_all(models: list[str], folder: Path) -> bool:
    """Run and compare each scenario, print its line, and say whether all is as it should be."""
    victim = models[0]
    serial = Workspace.clone(folder / "serial" / "fer2013", models)
    run_all(serial, f"++models.{victim}.train.epochs={EPOCHS}")
    print("| what happened | outputs compared | differences | epochs again |\n|---|---|---|---|")
    fine = True
    for name, scenario in SCENARIOS.items():
        jobs = {victim: {"time": 1}} if scenario is out_of_time else {}
        fine &= as_serial(serial, name, scenario, victim, jobs)
    in_two = serial.copy(folder / "in-two" / "fer2013")
    run_all(in_two, f"++models.{victim}.train.processes=2")
    name = "one training has two processes, on two nodes"
    return fine & as_serial(in_two, name, undisturbed, victim, {victim: {"nodes": 2}})


def run_all(workspace: Workspace, change: str) -> None:
    workspace.set(change)
    workspace.run("dvc", "repro")
    workspace.commit(change)


def as_serial(
    serial: Workspace,
    name: str,
    scenario: Callable[[Spread, str], None],
    victim: str,
    jobs: dict[str, Any],
) -> bool:
    """Run a scenario, print its line, and say whether its outputs are those of `dvc repro`."""
    expected = outputs(serial.folder)
    beside = serial.folder.parent
    with tempfile.TemporaryDirectory(dir=beside) as inner, cluster(Path(inner) / "s") as slurm:
        spread = Spread(without_results(serial, Path(inner) / "run"), slurm)
        settle(spread, jobs)
        scenario(spread, victim)
        spread.wait()
        different = differences(expected, outputs(spread.tree))
        again = spread.repeated(victim)
    print(f"| {name} | {len(expected)} | {len(different)} | {again} |", flush=True)
    for line in different:
        print(line, file=sys.stderr)
    return not different and again <= 1


def settle(spread: Spread, jobs: dict[str, Any] | None = None) -> None:
    """Write a cluster.yaml for small nodes, with a job's own values."""
    with (spread.workspace.folder / "cluster.yaml").open("w") as file:
        yaml.safe_dump(QUICK | {"jobs": jobs or {}}, file)
    spread.workspace.commit("Ask for little")


if __name__ == "__main__":
    main()
