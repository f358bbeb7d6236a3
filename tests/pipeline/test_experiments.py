"""The commands of docs/experiments.md, one after the other."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace

GUIDE = (REPOSITORY / "docs/experiments.md").read_text()
# What each is expected to say; `make tune` has a test of its own.
COMMANDS = {
    "dvc exp run --queue": "Queued experiment 'rate-2'",
    "dvc queue status": "Queued",
    "dvc queue start": "Started '1' new experiments task queue worker",
    "dvc queue logs": "epoch 1/1",
    "dvc exp show": "rate-2",
    "dvc exp diff": "0.004",
    "dvc exp apply": "have been applied",
    "dvc exp branch": "Git branch 'faster-vit' has been created",
    "git checkout": "Switched to branch 'faster-vit'",
    "dvc checkout": "",
    "dvc push": "pushed",
    "git add": "",
    "git commit": "Train vit with another rate",
    "dvc exp push": "Pushed experiment rate-2",
}


def shown() -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line.split("  #")[0] for block in blocks for line in block.splitlines()]
    return [line for line in lines if not line.startswith("make tune ")]


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = built.copy(tmp_path / "fer2013")
    workspace.run("git", "init", "--quiet", "--bare", str(tmp_path / "origin"))
    workspace.run("git", "remote", "add", "origin", str(tmp_path / "origin"))
    workspace.run("git", "push", "--quiet", "origin", "main")
    return workspace


@pytest.mark.long
def test_the_guide_from_start_to_end(workspace: Workspace) -> None:
    commands = shown()
    assert len(commands) == len(COMMANDS)
    for command, (begins, message) in zip(commands, COMMANDS.items(), strict=True):
        assert command.startswith(begins)
        assert message in workspace.run("bash", "-c", command), command
        if begins == "dvc queue start":
            wait_for_the_queue(workspace)
    table = workspace.run("bash", "-c", f"{commands[4]} --csv").splitlines()
    assert table[0].split(",")[-1] == "models.vit.optim.lr"
    assert len(table[0].split(",")) == 4
    on_remote = workspace.run("git", "ls-remote", "origin")
    assert "/rate-2" in on_remote
    assert workspace.run("git", "status", "--porcelain") == ""


def wait_for_the_queue(workspace: Workspace) -> None:
    """Wait for the experiments themselves.

    DVC's worker and `dvc queue status` talk to each other through files, and both may fail if they
    do so at the same instant (treeverse/dvc-task#73).
    """
    deadline = time.monotonic() + 300
    temporary = workspace.folder / ".dvc/tmp/exps"
    while len(experiments(workspace)) < 2 or any(temporary.glob("tmp*")):
        assert time.monotonic() < deadline, workspace.run("dvc", "queue", "status")
        time.sleep(1)
    end_worker(workspace)


def experiments(workspace: Workspace) -> list[str]:
    return workspace.run("dvc", "exp", "list", "--name-only").split()


def end_worker(workspace: Workspace) -> None:
    """It would end by itself after some seconds without work."""
    for file in (workspace.folder / ".dvc/tmp/exps/celery").glob("dvc-exp-worker-*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGKILL)
