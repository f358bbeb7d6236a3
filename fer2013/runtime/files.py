"""Writing files atomically: a file appears complete or not at all."""

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
