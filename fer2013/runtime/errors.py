"""How a command ends: with one sentence on stderr if the error is expected, else a traceback."""

import errno
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path

# What is wrong with the disk, and not with the program.
DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
    *(errno.EROFS, errno.EACCES, errno.EPERM),
}


class BadInput(Exception):
    """The message says which file (and row or key), what is wrong with it, and what to do."""


def exit_on_bad_input(main: Callable[[], None]) -> None:
    """Run a command; after an expected error, print one sentence to stderr and exit.

    The exit code is 1, after Ctrl-C 130. Any other exception is a bug and keeps its traceback.
    """
    try:
        main()
    except BadInput as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        if parent_process() is None:  # of several training processes, only the first one says it
            print("stopped; nothing is half written, run it again to go on.", file=sys.stderr)
        sys.exit(130)
    except subprocess.CalledProcessError as error:
        command = shlex.join(map(str, error.cmd))
        sys.exit(f"error: `{command}` failed (exit code {error.returncode}); it says above why.")
    except OSError as error:
        if error.errno not in DISK:
            raise
        sys.exit(f"error: {cannot_write(error.filename or 'a file', error)}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the disk into a BadInput that names `path`, which most such errors do not.

    Raises:
        BadInput: the disk cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK:
            raise
        raise BadInput(cannot_write(path, error)) from error


def cannot_write(path: Path | str, error: OSError) -> str:
    why = (error.strerror or "").lower()
    return f"{path} cannot be written: {why}. Free some space or permit it, and run this again."


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())
