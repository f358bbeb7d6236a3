"""The resume file: what a training run needs to go on after a crash as if there had been none.

It lies outside the work tree (DVC deletes a stage's outputs before it runs, and a failed
experiment's whole folder), in FER2013_RESUME_DIR or else the user's cache folder. Its name is a
fingerprint of all that the result depends on, so a run never resumes from another one's state.

DVC saves a stage's outputs only after the stage has ended, and deletes them before it runs again. A
kill in between leaves nothing of a training but the resume file, so this stays until dvc.lock has
the outcome.
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
from fer2013.runtime.files import atomic_write, write_text


class ResumeFile:
    """One run's resume file. Use it inside `with resume.locked():`."""

    def __init__(self, name: str) -> None:
        self.path = _folder() / f"{name}.pt"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep any second trainer of the same run out; the kernel lets go when we die.

        Raises:
            BadInput: another process trains this very run.
        """
        with self._naming_folder():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            opened = self.path.with_suffix(".lock").open("w")
        with opened as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput(
                    f"another process is training this very run (lock {lock.name}); wait for it."
                ) from None
            yield

    def load(self) -> dict[str, Any] | None:
        """Return the last saved state, or None; a damaged file counts as none and is said so."""
        try:
            digest, content = _split(self.path.read_bytes())
            if hashlib.blake2b(content).digest() != digest:  # torch compares no checksum
                raise ValueError("a byte is wrong")
            saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            if saved["run"] != self.path.stem:
                raise ValueError("it is another run's")
            state: dict[str, Any] = saved["state"]
        except FileNotFoundError:
            return None
        except Exception as error:  # what torch raises at foreign bytes is not to be foreseen
            print(
                f"{self.path} is damaged or foreign ({type(error).__name__}); "
                "training starts anew.",
                file=sys.stderr,
            )
            return None
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Write the state, after a digest of its bytes."""
        buffer = io.BytesIO()  # torch's own writer does not say what is wrong with a disk
        torch.save({"run": self.path.stem, "state": state}, buffer)
        content = buffer.getvalue()
        with self._naming_folder(), atomic_write(self.path) as part:
            part.write_bytes(hashlib.blake2b(content).digest() + content)

    @contextmanager
    def _naming_folder(self) -> Iterator[None]:
        """Say how to move to another disk: few people know of this folder."""
        try:
            with writing(self.path):
                yield
        except BadInput as error:
            raise BadInput(
                f"{error} Or move {self.path.parent} to another disk and name it in "
                "FER2013_RESUME_DIR; the training goes on after the last epoch saved there."
            ) from error

    def keep_until_recorded(self, outcome: Path) -> None:
        """Let `delete_recorded` delete this once dvc.lock has `outcome`, a file of the result."""
        with self._naming_folder():
            write_text(_mark(self.path), hashlib.md5(outcome.read_bytes()).hexdigest())

    def delete(self) -> None:
        _mark(self.path).unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    """Beside a finished run's resume file: the MD5 by which dvc.lock will name its outcome."""
    return path.with_suffix(".md5")


def _split(content: bytes) -> tuple[bytes, bytes]:
    size = hashlib.blake2b().digest_size
    return content[:size], content[size:]


def delete_recorded(dvc_lock: Path) -> None:
    """Delete the resume files of the runs whose outcome dvc.lock has got since they finished."""
    recorded = dvc_lock.read_text(encoding="utf-8") if dvc_lock.exists() else ""
    for mark in _folder().glob("*.md5"):
        has_it = mark.read_text(encoding="utf-8") in recorded
        if has_it and mark.stat().st_mtime < dvc_lock.stat().st_mtime:
            ResumeFile(mark.stem).delete()


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FER2013_RESUME_DIR") or cache / "fer2013" / "resume")
