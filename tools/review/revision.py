"""The files of a git commit, read without changing the working tree."""

import hashlib
import json
import subprocess
from functools import cache, cached_property

from dvc.repo import Repo

from fer2013.runtime.errors import BadInput


class Revision:
    def __init__(self, commit: str) -> None:
        self.commit = commit

    @cached_property
    def short(self) -> str:
        return self.commit[:10]  # the length of git's --short depends on the clone

    @cached_property
    def subject(self) -> str:
        return git("log", "-1", "--format=%s", self.commit).strip()

    @cached_property
    def blobs(self) -> dict[str, str]:
        """The id of each file's content, by path."""
        lines = git("ls-tree", "-r", "-z", "--full-tree", self.commit).split("\0")
        entries = [line.split("\t", 1) for line in lines if line]
        return {path: about.split()[2] for about, path in entries if " blob " in about}

    @cached_property
    def counted(self) -> list[str]:
        """The files that DVC includes in folders: those that .dvcignore does not exclude."""
        with Repo(".") as repo, repo.switch(self.commit):  # there the repository is the root folder
            return [name for name in self.blobs if not repo.dvcignore.is_ignored_file(f"/{name}")]

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None if there is no such file."""
        blob = self.blobs.get(path)
        return None if blob is None else content(blob)

    def md5(self, path: str) -> str | None:
        """The MD5 that DVC records of a file or folder, or None if there is none."""
        if path in self.blobs:
            return md5(content(self.blobs[path]))
        inside = sorted(name for name in self.counted if name.startswith(f"{path}/"))
        files = [
            {"md5": md5(content(self.blobs[name])), "relpath": name.removeprefix(f"{path}/")}
            for name in inside
        ]
        return f"{md5(json.dumps(files).encode())}.dir" if files else None


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@cache
def content(blob: str) -> bytes:
    return subprocess.run(["git", "cat-file", "blob", blob], capture_output=True, check=True).stdout


def git(*words: str) -> str:
    """Run a git command and return its output.

    Raises:
        BadInput: it failed.
    """
    result = subprocess.run(["git", *words], capture_output=True, check=False)
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines()
        raise BadInput(f"git {' '.join(words)}: {lines[-1] if lines else 'failed'}")
    return result.stdout.decode("utf-8", errors="surrogateescape")


def base_of(branch: str) -> Revision:
    """The commit where HEAD left `branch`; later commits of `branch` are not reviewed."""
    return Revision(git("merge-base", branch, "HEAD").strip())


def uncommitted() -> list[str]:
    """Tracked files that differ from HEAD."""
    return git("diff", "--name-only", "HEAD").splitlines()
