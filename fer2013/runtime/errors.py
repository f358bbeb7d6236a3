"""How a command ends: with one sentence on stderr if the error is expected, else a traceback.

The exit code is 1 for bad input, for a disk that cannot be written and for a failed command, 130
for Ctrl-C and 143 for SIGTERM. Any other exception is a bug and keeps its traceback.
"""

import errno
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

DISK_ERRORS = {
    errno.ENOSPC: "the disk is full (or out of inodes); free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EFBIG: "it is larger than the disk or `ulimit -f` allows; raise that limit",
    errno.EROFS: "the disk is read-only; make it writable",
    errno.EACCES: "permission is denied; change the mode or owner of it or its folder",
    errno.EPERM: "that is not permitted; change the mode or owner of it or its folder",
    errno.EIO: "the disk has an input/output error; check the disk",
}
SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
SIGNALS = (signal.SIGINT, signal.SIGTERM)
REPEATED = 1.0  # seconds in which a signal is ignored if it comes again, as `timeout` sends two


class BadInput(Exception):
    """The message says which file (and row or key), what is wrong with it, and what to do."""


class Stopped(KeyboardInterrupt):
    """SIGINT or SIGTERM, raised so that temporary files are removed on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def exit_on_bad_input(main: Callable[[], None]) -> None:
    """Run a command; after an expected error, print one sentence to stderr and exit."""
    with _signals_raised() as received:
        try:
            main()
            sys.stdout.flush()
        except BadInput as error:
            _exit(f"error: {error}")
        except Stopped as stop:
            _exit_stopped(stop.number)
        except subprocess.CalledProcessError as error:
            command = shlex.join(map(str, error.cmd))
            _exit(f"error: `{command}` failed (exit code {error.returncode}); it says above why.")
        except Exception as error:
            if received:  # code in C, such as Matplotlib's, replaces Stopped by an error of its own
                _exit_stopped(received[0])
            cause = describe_disk_error(error)
            if cause is None:
                raise
            name = getattr(error, "filename", None) or "writing (a file, or what this prints)"
            _exit(f"error: {name}: {cause} and run this again.")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a BadInput that names `path`, which most such errors do not.

    Raises:
        BadInput: the disk cannot be written.
    """
    try:
        yield
    except Exception as error:
        cause = describe_disk_error(error)
        if cause is None:
            raise
        raise BadInput(f"{path} cannot be written: {cause} and run this again.") from error


def describe_disk_error(error: Exception) -> str | None:
    """What is wrong with the disk and what to do, or None if the error has another cause."""
    if isinstance(error, OSError):
        return DISK_ERRORS.get(error.errno or 0)
    if type(error).__name__ == "SafetensorError":  # holds Rust's text of an OSError
        number = re.search(r"\(os error (\d+)\)", str(error))
        return DISK_ERRORS.get(int(number[1])) if number else None
    if isinstance(error, sqlite3.OperationalError):  # DVC's index of files, which DVCLive opens
        cause = DISK_ERRORS.get(SQLITE.get(error.sqlite_errorcode & 0xFF, 0))
        return f"in DVC's site cache (often /var/tmp/dvc), {cause}" if cause else None
    return None


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def stopped_by(number: int) -> str:
    name, stage = signal.Signals(number).name, os.environ.get("DVC_STAGE", "")
    then = f"dvc repro {stage} resumes it" if stage.startswith("train_") else "run it again"
    return f"stopped by {name}; no output is half written, {then}."


def end_at_once_until_main() -> None:
    """Exit on a signal without a traceback while a command is still importing its modules."""
    if sys.argv[0] == "-m":  # python -m has not started the module yet
        for number in SIGNALS:
            _handle(number, _end_at_once)


def _end_at_once(number: int, _: FrameType | None) -> None:
    os.write(2, f"{stopped_by(number)}\n".encode())
    os._exit(128 + number)


@contextmanager
def _signals_raised() -> Iterator[list[int]]:
    """Raise Stopped on SIGINT and SIGTERM; restore the previous handlers in the end.

    Yields the numbers of the signals for which Stopped was raised.
    """
    owner, stopped_at = os.getpid(), -REPEATED
    received: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal stopped_at
        if os.getpid() != owner:  # a forked process, such as a DataLoader's worker
            os._exit(0)
        if time.monotonic() - stopped_at >= REPEATED:
            stopped_at = time.monotonic()
            received.append(number)
            # The workers get the signal too. Without this, torch would raise an error because they
            # have ended, during our cleaning up.
            signal.signal(signal.SIGCHLD, lambda *_: None)
            raise Stopped(number)

    before = {number: _handle(number, stop) for number in SIGNALS}
    try:
        with _ended_if_swallowed():
            yield received
    finally:
        for number, handler in before.items():
            _handle(number, handler)


@contextmanager
def _ended_if_swallowed() -> Iterator[None]:
    """Exit at once if Stopped is raised in a finalizer or callback, where Python ignores it."""
    hook = sys.unraisablehook

    def ended(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, Stopped):
            _end_at_once(unraisable.exc_value.number, None)
        hook(unraisable)

    sys.unraisablehook = ended
    try:
        yield
    finally:
        sys.unraisablehook = hook


def _handle(number: int, handler: Any) -> Any:
    """Set a signal's handler and return the previous one; an ignored signal stays ignored."""
    before = signal.getsignal(number)
    if before not in (signal.SIG_IGN, None):
        signal.signal(number, handler)
    return before


def _exit_stopped(number: int) -> NoReturn:
    """Of several training processes, only the one that started the others prints the sentence."""
    _exit("" if parent_process() else stopped_by(number), 128 + number)


def _exit(sentence: str, code: int = 1) -> NoReturn:
    try:
        sys.stdout.flush()
    except OSError:  # discard the output: else Python would try again at exit and report an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if code == 1:
        sys.exit(sentence)
    with suppress(OSError):
        print(sentence, file=sys.stderr, end="\n" if sentence else "")
    sys.exit(code)
