"""The commands of docs/experiments.md, one after the other."""

import re
import time
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
    deadline = time.monotonic() + 300
    while re.search("Queued|Running", workspace.run("dvc", "queue", "status")):
        assert time.monotonic() < deadline
        time.sleep(1)
    workspace.run("dvc", "queue", "stop")
