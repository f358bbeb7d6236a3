"""train.processes: one training in several processes, started by the stage or by torchrun."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace

OUTPUTS = (
    "models/resnet/weights.safetensors",
    "models/resnet/run.json",
    "metrics/epochs/resnet.tsv",
    "metrics/live/resnet/metrics.json",
)


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
    output = workspace.run("dvc", "exp", "run", "-S", "train.processes=2", "train_resnet")
    assert output.count("epoch 1/3") == 1  # only the first process speaks
    return workspace


def test_a_killed_process_ends_the_others_and_costs_an_epoch_at_most(
    configured: Workspace, parallel: Workspace, tmp_path: Path
) -> None:
    killed = configured.copy(tmp_path / "killed")
    killed.environment["FER2013_WORKERS"] = "0"  # else their workers look like them
    output = kill_one_after_an_epoch(killed, "dvc", "repro", "train_resnet")
    assert "training process 1 was ended by SIGKILL" in output
    assert "Traceback" not in output
    assert processes_of(killed) == []

    assert "resumed after epoch" in killed.run("dvc", "repro", "train_resnet")
    for path in (*OUTPUTS, "dvc.lock"):
        assert killed.bytes_of(path) == parallel.bytes_of(path), path


def test_torchrun_on_two_machines_gives_the_same_bytes(
    configured: Workspace, parallel: Workspace, tmp_path: Path
) -> None:
    nodes = [configured.copy(tmp_path / name) for name in ("first", "second")]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    running = []
    for rank, node in enumerate(nodes):
        where = ["--nnodes=2", f"--node-rank={rank}", "--master-addr=127.0.0.1"]
        where += ["--nproc-per-node=1", f"--master-port={port}"]
        running.append(start(node, "torchrun", *where, "-m", "stages.train", "resnet"))
    for process in running:
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output

    for path in OUTPUTS:
        assert nodes[0].bytes_of(path) == parallel.bytes_of(path), path
    nodes[0].run("dvc", "commit", "--force", "train_resnet")
    assert "up to date" in nodes[0].run("dvc", "status", "train_resnet")
    assert nodes[1].run("git", "diff", "--name-only") == ""  # only the first writes


def start(workspace: Workspace, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=workspace.folder,
        env=workspace.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_one_after_an_epoch(workspace: Workspace, *command: str) -> str:
    """kill -9 the second training process once the first epoch is saved. → all output"""
    process = start(workspace, *command)
    deadline = time.monotonic() + 200
    while not workspace.resume_files():
        assert time.monotonic() < deadline, "no epoch was saved"
        time.sleep(0.02)
    first, second = sorted(processes_of(workspace))[-2:]
    assert parent_of(first) == parent_of(second)
    os.kill(second, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    return output


def processes_of(workspace: Workspace) -> list[int]:
    """The processes that multiprocessing has spawned in a workspace's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            spawned = b"spawn_main" in (entry / "cmdline").read_bytes()
            if spawned and (entry / "cwd").resolve() == workspace.folder:
                found.append(int(entry.name))
        except OSError:  # it has just ended
            continue
    return found


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
