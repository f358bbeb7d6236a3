"""The commands of docs/experiments.md, one after the other."""

import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.pipeline.test_readme import blocks
from tests.pipeline.workspace import Workspace

# What some are expected to say; `make tune` has a test of its own.
MESSAGES = {
    "dvc exp run --queue": "Queued experiment 'rate-2'",
    "dvc queue start": "Started '1' new experiments task queue worker",
    "dvc queue logs": "epoch 1/1",
    "dvc exp show": "rate-2",
    "dvc exp diff": "0.004",
    "dvc exp branch": "Git branch 'faster-vit' has been created",
    "dvc push": "pushed",
    "dvc exp push": "Pushed experiment rate-2",
}


@pytest.mark.long
def test_the_guide_from_start_to_end(built: Workspace, tmp_path: Path) -> None:
    workspace = built.copy(tmp_path / "fer2013")
    workspace.run("git", "init", "--quiet", "--bare", str(tmp_path / "origin"))
    workspace.run("git", "remote", "add", "origin", str(tmp_path / "origin"))
    workspace.run("git", "push", "--quiet", "origin", "main")
    lines = [line for block in blocks(Path("docs/experiments.md")) for line in block.splitlines()]
    said = {}
    for line in lines:
        if line.startswith("make tune"):
            continue
        said[line] = workspace.run("bash", "-c", line)
        if line.startswith("dvc queue start"):
            wait_for_the_queue(workspace)
    for begins, message in MESSAGES.items():
        assert any(message in said[line] for line in said if line.startswith(begins)), begins
    assert "/rate-2" in workspace.run("git", "ls-remote", "origin")
    assert workspace.run("git", "status", "--porcelain") == ""


def wait_for_the_queue(workspace: Workspace) -> None:
    """Wait for the experiments themselves, then end the worker, which would wait some seconds.

    DVC's worker and `dvc queue status` talk to each other through files, and both may fail if they
    do so at the same instant (treeverse/dvc-task#73).
    """
    deadline = time.monotonic() + 300
    temporary = workspace.folder / ".dvc/tmp/exps"
    while len(workspace.run("dvc", "exp", "list", "--name-only").split()) < 2 or any(
        temporary.glob("tmp*")
    ):
        assert time.monotonic() < deadline, workspace.run("dvc", "queue", "status")
        time.sleep(1)
    for file in temporary.glob("celery/dvc-exp-worker-*.pid"):
        with suppress(psutil.NoSuchProcess):
            psutil.Process(int(file.read_text())).send_signal(signal.SIGKILL)
