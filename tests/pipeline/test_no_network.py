"""DVC does not use the network when it runs a stage; test_exactness.py shows that no stage does.

Everything runs without a network, under strace. This shows each attempt to use the network, also
those whose failure a program ignores.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace

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


def without_silencing(workspace: Workspace) -> Workspace:
    """Take away the variables that keep programs from using the network."""
    for name in filter(SILENCING.fullmatch, list(workspace.environment)):
        del workspace.environment[name]
    return workspace


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    workspace = without_silencing(built.copy(tmp_path / "offline"))
    workspace.environment["HOME"] = str(tmp_path)
    return workspace


def trace(workspace: Workspace) -> Path:
    return workspace.folder.parent / "trace.txt"


def watched(workspace: Workspace) -> list[str]:
    """What to put before a command, so that it runs without a network and under strace."""
    return [*UNSHARE, *STRACE, "-o", str(trace(workspace))]


def attempts(workspace: Workspace) -> list[str]:
    """The attempts of such a command to reach an internet address."""
    return re.findall(r"^.*sa_family=AF_INET.*$", trace(workspace).read_text(), re.MULTILINE)


def test_an_attempt_whose_failure_is_ignored_is_found(workspace: Workspace) -> None:
    ask = "import socket\ntry: socket.getaddrinfo('localhost.invalid', 80)\nexcept OSError: pass"
    workspace.run(*watched(workspace), "python", "-c", ask)
    assert attempts(workspace)


def test_no_interface_is_up(workspace: Workspace) -> None:
    connect = "import socket; socket.create_connection(('127.0.0.1', 9))"
    output = workspace.run(*UNSHARE, "python", "-c", connect, fails=True)
    assert "Network is unreachable" in output


def test_dvc_does_not_use_the_network(workspace: Workspace) -> None:
    repro = ["dvc", "repro", "--force", "--single-item", "sample"]
    workspace.run(*watched(workspace), *repro)
    assert attempts(workspace) == []
