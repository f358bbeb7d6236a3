"""Writing files: each appears complete or not at all, and none replaces what a user has.

What a command replaces must be its own. A file is its own if it holds a mark, a text that only this
command writes; a folder, if RECORD in it lists each of its files with the hash that it has now.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fer2013.runtime.errors import BadInput, writing

RECORD = ".written_by_fer2013"  # in the form of `sha256sum`
OF_FINDER = ".DS_Store"  # macOS leaves it wherever someone looks


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` if the block succeeds.

    The block may create a file or a folder there. If it fails, the temporary path is removed and
    `target` stays as it was. Temporary files that a killed process has left are removed as well:
    a target must have one writer at a time.

    Raises:
        BadInput: the disk cannot be written, for instance because it is full or read-only.
    """
    tmp = target.with_name(f".{target.name}.{os.getpid()}.part")
    old = target.with_name(f".{target.name}.{os.getpid()}.old.part")  # a folder to be replaced
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{target.name}.[0-9]*.part"):
            remove(left)
        try:
            yield tmp
            if target.is_dir():
                target.rename(old)
            tmp.replace(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)
            remove(tmp)
            remove(old)


@contextmanager
def own_folder(target: Path) -> Iterator[Path]:
    """Like `atomic_write`, for a folder in which nothing is lost that was not written so.

    Raises:
        BadInput: it holds another file, or one that was changed since.
    """
    other = _first_other(target)
    if other is not None:
        raise not_ours(other)
    with atomic_write(target) as folder:
        yield folder
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        lines = [f"{file_hash(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
        write_text(folder / RECORD, "".join(lines))


def _first_other(folder: Path) -> Path | None:
    """The first file in or below a folder that no RECORD there lists as it is; None without any."""
    if folder.is_symlink() or folder.is_file():
        return folder
    listed = {
        (record.parent / name, digest)
        for record in folder.rglob(RECORD)
        for line in record.read_text(encoding="utf-8").splitlines()
        for digest, _, name in [line.partition("  ")]
    }
    for path in sorted(folder.rglob("*")):
        known = path.name in (RECORD, OF_FINDER) or path.is_dir()
        if path.is_symlink() or not (known or (path, file_hash(path)) in listed):
            return path
    return None


def refuse_others(target: Path, mark: str) -> None:
    """Refuse to replace a file which has no such mark.

    Raises:
        BadInput: it has none, or is a link or a folder.
    """
    if os.path.lexists(target) and not is_ours(target, mark):
        raise not_ours(target)


def is_ours(path: Path, mark: str) -> bool:
    return path.is_file() and not path.is_symlink() and mark.encode() in path.read_bytes()


def not_ours(path: Path) -> BadInput:
    return BadInput(
        f"{path} would be lost: this command did not write it, or it was changed since; move it "
        "away and run this again."
    )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder if it exists; errors are ignored."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    with atomic_write(target) as tmp:
        tmp.write_text(text, encoding="utf-8")


def write_json(target: Path, content: Any) -> None:
    """Write indented JSON with its keys in the given order, as is good for `git diff`."""
    write_text(target, as_json(content))


def as_json(content: Any) -> str:
    return json.dumps(content, indent=2, allow_nan=False) + "\n"
