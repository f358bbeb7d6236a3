"""Run dvc in a workspace, watch it, kill it and find the processes that it leaves.

Processes are found by a mark in their environment, which all that dvc starts inherits. Linux only.
"""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.workspace import Workspace

MARK = "FER2013_KILL_MARK"
HANGS = 600.0  # seconds after which a run is given up


@dataclass
class Running:
    """A command that was started in a workspace, in a process group of its own."""

    process: subprocess.Popen[bytes]
    mark: str
    log: Path

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stages(self) -> list[str]:
        """The stages that dvc has begun to run; the last is the present one."""
        return re.findall(r"^Running stage '(.+)':", self.output(), re.MULTILINE)

    def ended(self) -> bool:
        return self.process.poll() is not None

    def wait(self) -> int:
        return self.process.wait(HANGS)

    def stage_process(self) -> int | None:
        """The process of the stage that dvc runs now."""
        return next(iter(children(self.process.pid)), None)

    def worked(self) -> float:
        """Seconds of processor time that its processes have had: a clock that load leaves alone."""
        return ticks(self.process.pid) / os.sysconf("SC_CLK_TCK")


def children(parent: int) -> list[int]:
    try:
        return [*map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
    except (FileNotFoundError, ProcessLookupError):
        return []


def ticks(pid: int) -> int:
    """The processor time of a process, of its children that have ended, and of those that run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15])) + sum(map(ticks, children(pid)))


def start(workspace: Workspace, *command: str) -> Running:
    mark = str(time.time_ns())
    log = workspace.folder.parent / f"{workspace.folder.name}.log"
    log.unlink(missing_ok=True)  # a run that was killed may still hold the one before
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=workspace.folder,
            env=workspace.environment | {MARK: mark},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(process, mark, log)


def wait_for(running: Running, holds: Callable[[], bool]) -> None:
    """Wait until something holds or the run has ended."""
    deadline = time.monotonic() + HANGS
    while not holds() and not running.ended():
        assert time.monotonic() < deadline, running.output()
        time.sleep(0.005)


def kill(running: Running, victim: str) -> bool:
    """kill -9 the stage's process, dvc alone, or its whole process group. False: it was late."""
    stage, dvc = running.stage_process(), running.process.pid
    if running.ended() or (victim == "stage" and stage is None):
        return False
    with suppress(ProcessLookupError):
        if victim == "group":
            os.killpg(dvc, signal.SIGKILL)
        else:
            os.kill(stage if victim == "stage" and stage else dvc, signal.SIGKILL)
    return running.wait() != 0


class Orphans(threading.Thread):
    """Watches from now on how long processes of a killed run go on."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self.mark, self.seconds, self.last = mark, 0.0, ""
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        while (found := alive(self.mark)) and self.seconds < HANGS:
            self.seconds, self.last = time.monotonic() - began, found[0]
            time.sleep(0.02)

    def __repr__(self) -> str:
        return f"{self.seconds:.2f} s {self.last}".strip()


def alive(mark: str) -> list[str]:
    """The command lines of the processes that have a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has just ended, or is not ours
            continue
    return found
