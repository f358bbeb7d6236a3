"""A dvc that is killed in the middle of one of its own writes, after as many characters as asked.

    python -m tests.stress.dying_dvc 'dvc[.]lock$' 0 5000 repro train_resnet

runs `dvc repro train_resnet`, but ends by SIGKILL when it has written 5000 characters to a path
that this pattern matches. It lets 0 such writes pass before.
"""

import builtins
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from dvc.cli import main as dvc

real_open, real_copy = builtins.open, shutil.copyfile


def main() -> None:
    pattern, passes, size, *words = sys.argv[1:]
    let_writes_kill(re.compile(pattern), int(passes), int(size))
    sys.argv = ["dvc", *words]
    sys.exit(dvc(words))


def let_writes_kill(pattern: re.Pattern[str], passes: int, size: int) -> None:
    """Replace what dvc opens files for writing with, and what it copies them with."""

    def aimed(path: Any) -> bool:
        nonlocal passes
        hit = pattern.search(str(path)) is not None
        passes -= hit
        return hit and passes < 0

    def dying_open(path: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        file = real_open(path, mode, *args, **options)
        if "w" in mode and aimed(path):
            file.write = Dying(file, size)  # type: ignore[method-assign, assignment]
        return file

    def dying_copy(source: Any, target: Any, **options: Any) -> Any:
        if not aimed(target):
            return real_copy(source, target, **options)
        Path(target).write_bytes(Path(source).read_bytes()[:size])
        return die()

    builtins.open, shutil.copyfile = dying_open, dying_copy  # type: ignore[assignment]


class Dying:
    """A text file's `write` that ends the process once it has written so much."""

    def __init__(self, file: Any, size: int) -> None:
        self.file, self.write, self.left = file, file.write, size

    def __call__(self, text: str) -> int:
        self.write(text[: self.left])
        self.left -= len(text)
        if self.left <= 0:
            self.file.flush()
            die()
        return len(text)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
