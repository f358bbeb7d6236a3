"""No stage asks the network for anything, not even in vain; nor does DVC around it.

Everything runs without an interface that is up and without routes, under strace, which tells what
each process tried to reach, also where the program goes on without it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pipeline import every_stage
from tests.pipeline.test_wandb import with_wandb
from tests.pipeline.workspace import Workspace

UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
SILENCED = re.compile(r"CI|DO_NOT_TRACK|DVC_.*|NO_ALBUMENTATIONS_UPDATE")  # would hide attempts


def refused() -> str | None:
    """Why this machine cannot run the tests."""
    if not (shutil.which("unshare") and shutil.which("strace")):
        return "needs unshare and strace"
    tried = subprocess.run([*UNSHARE, *STRACE, "true"], capture_output=True, check=False)
    return f"may not run unshare or strace: {tried.stderr!r}" if tried.returncode else None


REFUSED = refused()
pytestmark = pytest.mark.skipif(bool(REFUSED), reason=str(REFUSED))


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = with_wandb(built.copy(tmp_path / "offline"), "")
    for name in filter(SILENCED.fullmatch, list(workspace.environment)):
        del workspace.environment[name]
    workspace.environment["HOME"] = str(tmp_path)
    return workspace


def attempts(workspace: Workspace, *command: str) -> list[str]:
    """Run a command without a network, and return each attempt to reach an address."""
    trace = workspace.folder.parent / "trace.txt"
    workspace.run(*UNSHARE, *STRACE, "-o", str(trace), *command)
    return re.findall(r"^.*sa_family=AF_INET.*$", trace.read_text(), re.MULTILINE)


def test_an_attempt_that_is_swallowed_is_noticed(workspace: Workspace) -> None:
    ask = "import socket\ntry: socket.getaddrinfo('localhost.invalid', 80)\nexcept OSError: pass"
    assert attempts(workspace, "python", "-c", ask)


def test_no_interface_is_up(workspace: Workspace) -> None:
    connect = "import socket; socket.create_connection(('127.0.0.1', 9))"
    said = workspace.run(*UNSHARE, "python", "-c", connect, fails=True)
    assert "Network is unreachable" in said


def test_no_stage_asks_the_network(workspace: Workspace) -> None:
    assert attempts(workspace, "python", "-m", every_stage.__name__) == []
    assert attempts(workspace, "python", "-m", "stages.report", "vit") == []


def test_dvc_asks_the_network_for_nothing(workspace: Workspace) -> None:
    assert attempts(workspace, "dvc", "repro", "--force", "--single-item", "sample") == []


def test_wandb_asks_the_network_for_nothing_while_offline(workspace: Workspace) -> None:
    with_wandb(workspace, "offline")
    for stage in ("stages.train", "stages.confusion"):
        assert attempts(workspace, "python", "-m", stage, "vit") == []
    assert len(list((workspace.folder / "wandb").glob("offline-run-*"))) == 2
