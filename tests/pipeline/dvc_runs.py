"""Start dvc in a workspace, wait for what it prints, and kill it or its stage."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.pipeline.workspace import Workspace

HANGS = 600.0  # seconds after which a run is given up


@dataclass
class Running:
    """A command that was started in a workspace, in a process group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait(self) -> int:
        return self.process.wait(HANGS)

    def epochs(self) -> list[int]:
        """The epochs that it has printed."""
        return [*map(int, re.findall(r"^epoch (\d+)/", self.output(), re.MULTILINE))]


def start(workspace: Workspace, *command: str) -> Running:
    log = workspace.folder.parent / f"{workspace.folder.name}.log"
    log.unlink(missing_ok=True)  # a run that was killed may still hold the one before
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=workspace.folder,
            env=workspace.environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, log)


def wait_for(running: Running, holds: Callable[[], object]) -> None:
    """Wait until something holds, which must be before the run ends."""
    deadline = time.monotonic() + HANGS
    while not holds():
        assert running.process.poll() is None, running.output()
        assert time.monotonic() < deadline, running.output()
        time.sleep(0.005)


def wait_for_output(running: Running, words: str) -> None:
    wait_for(running, lambda: words in running.output())


def kill(running: Running, victim: str) -> None:
    """kill -9 the stage's process, dvc alone, or its whole process group."""
    dvc = running.process.pid
    if victim == "group":
        os.killpg(dvc, signal.SIGKILL)
    else:
        os.kill(psutil.Process(dvc).children()[0].pid if victim == "stage" else dvc, signal.SIGKILL)
    assert running.wait() != 0


def spawned_in(workspace: Workspace) -> list[psutil.Process]:
    """The processes that multiprocessing has spawned in a workspace's folder, oldest first."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "create_time"]):
        spawned = any("spawn_main" in word for word in process.info["cmdline"] or [])
        if spawned and process.info["cwd"] == str(workspace.folder):
            found.append(process)
    return sorted(found, key=lambda process: float(process.info["create_time"]))
