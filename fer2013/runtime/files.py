"""Files that are written whole or not at all."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fer2013.runtime.errors import writing


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` if the block succeeds.

    The block may make a file or a folder there. If it fails, nothing is left behind, and what was
    at `target` stays. What a killed process has left there before goes too: a target has one writer
    at a time.

    Raises:
        BadInput: the disk is full, read-only or the like.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    old = target.with_name(f".{target.name}.{os.getpid()}.old.part")  # a folder to be replaced
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{target.name}.[0-9]*.part"):
            remove(left)
        try:
            yield part
            if target.is_dir():
                target.rename(old)
            part.replace(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)
            remove(part)
            remove(old)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there, as far as the disk lets us."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    with atomic_write(target) as part:
        part.write_text(text, encoding="utf-8")


def write_json(target: Path, content: Any) -> None:
    """Write JSON for people and for `git diff`: indented, in the order given."""
    write_text(target, as_json(content))


def as_json(content: Any) -> str:
    return json.dumps(content, indent=2, allow_nan=False) + "\n"
