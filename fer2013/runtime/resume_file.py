"""The resume file: the state from which a training continues after a crash.

It is outside the working tree, in FER2013_RESUME_DIR or else the user's cache folder, since DVC
deletes a stage's outputs before it runs, and the whole folder of a failed experiment. Its name is a
fingerprint of all that the result depends on, so a run never resumes from another run's state.

DVC records a stage's outputs only after the stage has ended, and deletes them before it runs again.
If DVC is killed in between, the resume file is all that is left of a training. So the stage after
it, evaluate, deletes it; and so does a training that DVC has recorded and that is asked for again.
"""

import fcntl
import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from fer2013.runtime.errors import BadInput, writing
from fer2013.runtime.files import atomic_write

DIGEST = 64  # bytes of a checksum, in front of the state


class ResumeFile:
    """One run's resume file. Use it inside `with resume.locked():`."""

    def __init__(self, name: str) -> None:
        self.path = _folder() / f"{name}.pt"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run's lock, so that no other process trains it. It ends with this process.

        Raises:
            BadInput: another process is training the same run.
        """
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            opened = self.path.with_suffix(".lock").open("w")
        with opened as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which a forked worker has not
            except (BlockingIOError, PermissionError):
                raise BadInput(
                    f"another process is training the same run (lock {lock.name}); wait for it."
                ) from None
            yield

    def load(self) -> dict[str, Any] | None:
        """Return the last saved state; None if there is none or, with a warning, it is damaged."""
        if not self.path.exists():
            return None
        try:
            content = self.path.read_bytes()
            digest, content = content[:DIGEST], content[DIGEST:]
            if hashlib.blake2b(content).digest() != digest:  # torch.load checks no checksum
                raise ValueError
            saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            state: dict[str, Any] = saved["state"]
        except Exception as error:  # torch.load may raise any exception for damaged bytes
            print(
                f"{self.path} is damaged or not a resume file ({type(error).__name__}); "
                "training starts from the beginning.",
                file=sys.stderr,
            )
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Write a checksum and the state."""
        buffer = io.BytesIO()  # torch's own writer hides the cause of a disk's error
        torch.save({"state": state}, buffer)
        content = buffer.getvalue()
        with atomic_write(self.path) as tmp:
            tmp.write_bytes(hashlib.blake2b(content).digest() + content)

    def is_older_than(self, path: Path) -> bool:
        both = self.path.exists() and path.exists()
        return both and self.path.stat().st_mtime < path.stat().st_mtime

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FER2013_RESUME_DIR") or cache / "fer2013" / "resume")
