"""Of a job that SLURM has started twice, only the latest goes on.

When a node no longer answers, SLURM runs its jobs again elsewhere. If only its slurmd was killed,
the job's old processes still work there, and hold the lock of their resume file. They end, within
seconds, when they see in a shared file that a later start has its turn; that start waits for them.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer2013.runtime.files import write_text

SECONDS = 2.0  # between two looks at the file


@contextmanager
def turn(folder: Path, job: str, restart: int) -> Iterator[None]:
    """Hold a job's turn, after those that were started before have ended.

    `restart` is how often SLURM has started the job again: SLURM_RESTART_COUNT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = folder / f"{job}.start"
    if latest(number) > restart:
        raise SystemExit("SLURM has started this job again since, so this start of it ends.")
    write_text(number, str(restart))
    with (folder / f"{job}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        threading.Thread(target=end_when_over, args=(number, restart), daemon=True).start()
        yield


def latest(number: Path) -> int:
    """The number in a file; 0 if it cannot be read, which on a shared disk may be for a moment."""
    try:
        return int(number.read_text())
    except (OSError, ValueError):
        return 0


def end_when_over(number: Path, restart: int) -> None:
    while latest(number) <= restart:
        time.sleep(SECONDS)
    print("SLURM has started this job again elsewhere, so this start of it ends.", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)  # at once; the stage ends with its parent
