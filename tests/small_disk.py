"""A small disk for a workspace that can be full, out of inodes, or read-only.

It is a tmpfs. Mounting takes root or a user namespace, so a process that does runs behind
`private_mounts()`; what it mounts ends with it.
"""

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RESULTS = ("fer2013/data", "fer2013/docs", "fer2013/metrics", "fer2013/models", "resume")
Files = dict[str, str]  # path → hash


def private_mounts() -> list[str] | None:
    """The words before a command that let it mount; None where this machine lets nobody."""
    for prefix in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        test = [*prefix, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if (
            shutil.which("unshare")
            and not subprocess.run(test, capture_output=True, check=False).returncode
        ):
            return prefix
    return None


class SmallDisk:
    """A folder, on a tmpfs if wanted, with a copy of a workspace and a resume folder in it."""

    def __init__(self, folder: Path, workspace: Path, size: int | None = None) -> None:
        self.folder, self.mounted = folder, size is not None
        if size is not None:
            _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
            _mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", "/dev/shm")  # as small as can be
        self.workspace = folder / "fer2013"
        shutil.copytree(workspace, self.workspace, symlinks=True)
        (folder / "resume").mkdir()

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)

    @contextmanager
    def full_but(self, free: int) -> Iterator[None]:
        """Leave that many bytes."""
        space, filler = os.statvfs(self.folder), self.folder / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_bsize - free)
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def inodes_but(self, free: int) -> Iterator[None]:
        """Leave room for that many files and folders."""
        space = os.statvfs(self.folder)
        used = space.f_files - space.f_ffree
        with self._remounted(f"nr_inodes={used + free}", f"nr_inodes={space.f_files}"):
            yield

    @contextmanager
    def read_only(self) -> Iterator[None]:
        with self._remounted("ro", "rw"):
            yield

    @contextmanager
    def _remounted(self, option: str, again: str) -> Iterator[None]:
        _mount("-o", f"remount,{option}", str(self.folder))
        try:
            yield
        finally:
            _mount("-o", f"remount,{again}", str(self.folder))

    def files(self) -> Files:
        """Every result file and its hash. A resume file counts as whole if its checksums say so."""
        found = [path for name in RESULTS for path in (self.folder / name).rglob("*")]
        return {
            str(path.relative_to(self.folder)): _hash(path)
            for path in found
            if path.is_file() and path.suffix != ".lock"
        }

    def sizes(self, outputs: tuple[str, ...]) -> list[int]:
        """Of all files of these files and folders."""
        paths = [self.workspace / output for output in outputs]
        files = [file for path in paths for file in (path, *path.rglob("*")) if file.is_file()]
        return [file.stat().st_size for file in files]


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def _hash(path: Path) -> str:
    if path.suffix == ".pt":
        return "whole" if zipfile.ZipFile(path).testzip() is None else "damaged"
    return hashlib.blake2b(path.read_bytes()).hexdigest()
