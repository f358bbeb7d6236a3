"""train.processes: one training in several processes, started by the stage or by torchrun."""

from pathlib import Path

import pytest

from tests.pipeline.dvc_runs import spawned_in, start, wait_for
from tests.pipeline.workspace import Workspace
from tests.slurm import free_ports

OUTPUTS = (
    "models/resnet/weights.safetensors",
    "models/resnet/run.json",
    "metrics/epochs/resnet.tsv",
)
TRAIN = ("dvc", "repro", "train_resnet")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def configured(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """All is set for two processes and three epochs, and nothing trained with that. Copy it."""
    workspace = built.copy(tmp_path_factory.mktemp("configured") / "fer2013")
    workspace.set("train.processes=2", "train.epochs=3")
    workspace.run("dvc", "repro", "tensors", "configure")
    workspace.commit("Take two processes")
    return workspace


@pytest.fixture(scope="module")
def parallel(configured: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """resnet, trained by two processes."""
    workspace = configured.copy(tmp_path_factory.mktemp("parallel") / "fer2013")
    assert workspace.run(*TRAIN).count("epoch 1/3") == 1  # only the first process speaks
    return workspace


def test_a_killed_process_ends_the_others_and_costs_an_epoch_at_most(
    configured: Workspace, parallel: Workspace, tmp_path: Path
) -> None:
    killed = configured.copy(tmp_path / "killed")
    killed.environment["FER2013_WORKERS"] = "0"  # else their workers look like them
    running = start(killed, *TRAIN)
    wait_for(running, killed.resume_files)
    _, second = spawned_in(killed)[-2:]
    second.kill()
    assert running.wait() != 0
    assert "training process 1 was ended by SIGKILL" in running.output()
    assert "Traceback" not in running.output()
    assert spawned_in(killed) == []

    assert "resumed after epoch" in killed.run(*TRAIN)
    for path in (*OUTPUTS, "dvc.lock"):
        assert killed.bytes_of(path) == parallel.bytes_of(path), path


def test_torchrun_on_two_machines_gives_the_same_bytes(
    configured: Workspace, parallel: Workspace, tmp_path: Path
) -> None:
    nodes = [configured.copy(tmp_path / name) for name in ("first", "second")]
    (port,) = free_ports(1)
    running = []
    for rank, node in enumerate(nodes):
        where = ["--nnodes=2", f"--node-rank={rank}", "--master-addr=127.0.0.1"]
        where += ["--nproc-per-node=1", f"--master-port={port}"]
        running.append(start(node, "torchrun", *where, "-m", "stages.train", "resnet"))
    for process in running:
        assert process.wait() == 0, process.output()

    for path in OUTPUTS:
        assert nodes[0].bytes_of(path) == parallel.bytes_of(path), path
    nodes[0].run("dvc", "commit", "--force", "train_resnet")
    assert "up to date" in nodes[0].run("dvc", "status", "train_resnet")
    assert nodes[1].run("git", "diff", "--name-only") == ""  # only the first writes
