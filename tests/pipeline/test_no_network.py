"""No stage uses the network, and DVC does not either when it runs one.

Everything runs without a network, under strace. This shows each attempt to use the network, also
those whose failure a program ignores.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pipeline import every_stage
from tests.pipeline.test_wandb import with_wandb
from tests.pipeline.workspace import FEW_MODELS, Workspace

UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
SILENCING = re.compile(r"CI|DO_NOT_TRACK|DVC_.*|NO_ALBUMENTATIONS_UPDATE")


def refused() -> str | None:
    """The reason why this machine cannot run these tests, if there is one."""
    if not (shutil.which("unshare") and shutil.which("strace")):
        return "needs unshare and strace"
    tried = subprocess.run([*UNSHARE, *STRACE, "true"], capture_output=True, check=False)
    return f"may not run unshare or strace: {tried.stderr!r}" if tried.returncode else None


REFUSED = refused()
pytestmark = pytest.mark.skipif(bool(REFUSED), reason=str(REFUSED))


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = with_wandb(built.copy(tmp_path / "offline"), "")
    for name in filter(SILENCING.fullmatch, list(workspace.environment)):
        del workspace.environment[name]
    workspace.environment["HOME"] = str(tmp_path)
    return workspace


def attempts(workspace: Workspace, *command: str) -> list[str]:
    """Run a command without a network, and return its attempts to reach an internet address."""
    trace = workspace.folder.parent / "trace.txt"
    workspace.run(*UNSHARE, *STRACE, "-o", str(trace), *command)
    return re.findall(r"^.*sa_family=AF_INET.*$", trace.read_text(), re.MULTILINE)


def test_an_attempt_whose_failure_is_ignored_is_found(workspace: Workspace) -> None:
    ask = "import socket\ntry: socket.getaddrinfo('localhost.invalid', 80)\nexcept OSError: pass"
    assert attempts(workspace, "python", "-c", ask)


def test_no_interface_is_up(workspace: Workspace) -> None:
    connect = "import socket; socket.create_connection(('127.0.0.1', 9))"
    output = workspace.run(*UNSHARE, "python", "-c", connect, fails=True)
    assert "Network is unreachable" in output


def test_no_stage_uses_the_network(workspace: Workspace) -> None:
    """Nor does W&B while it is offline: each stage runs as without W&B, and also logs."""
    with_wandb(workspace, "offline")
    assert attempts(workspace, "python", "-m", every_stage.__name__, "report vit") == []
    stages = [*FEW_MODELS, "ensemble"] * 2 + [*FEW_MODELS]  # evaluate and confusion; train
    assert len(list((workspace.folder / "wandb").glob("offline-run-*"))) == len(stages)


def test_dvc_does_not_use_the_network(workspace: Workspace) -> None:
    assert attempts(workspace, "dvc", "repro", "--force", "--single-item", "sample") == []
