"""Put a folder under DVC so that it is never pushed: FER2013 may not be redistributed."""

from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput, one_line
from fer2013.runtime.files import remove, write_text

# In the order in which DVC itself writes the fields.
START = "outs:\n- md5: ''\n  size: 0\n  nfiles: 0\n  hash: md5\n  path: {}\n  push: false\n"


def refuse_unkept(folder: Path, tracked: Path) -> None:
    """Refuse to replace files that are not in DVC's cache, as nobody could bring them back.

    Raises:
        BadInput: there are such files.
    """
    if not (folder.is_dir() and any(folder.iterdir())):
        return
    with Repo() as repo:
        kept = tracked.exists() and not repo.status([str(tracked)])
    if not kept:
        raise BadInput(
            f"{folder} holds files that DVC does not keep, which would be lost; move the folder "
            "away, and say make data FROM= with its new place if it is FER2013."
        )


def track(folder: Path, tracked: Path) -> None:
    """`dvc add`, which keeps the fields that the .dvc file has: so `push: false` comes first.

    Raises:
        BadInput: DVC cannot; the .dvc file, which may not fit the folder any more, is removed.
    """
    write_text(tracked, START.format(folder.name))
    try:
        with Repo() as repo:
            repo.scm_context.quiet = True
            repo.add(str(folder))
    except BaseException as error:
        remove(tracked)
        if isinstance(error, DvcException):
            raise BadInput(f"dvc add {folder}: {one_line(error)}") from None
        raise
