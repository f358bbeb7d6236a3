"""Put a folder under DVC so that it is never pushed."""

from pathlib import Path

import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput, one_line
from fer2013.runtime.files import remove, write_text


def track(folder: Path, tracked: Path) -> None:
    """Put a folder under DVC; if that fails, no file says that it is, or that it may be pushed.

    Where the user has core.autostage on, the file is staged once it says `push: false`.
    """
    try:
        with Repo() as repo:
            git = repo.scm_context
            stage_it, git.autostage, git.quiet = git.autostage, False, True
            repo.add(str(folder))
            never_push(tracked)
            if stage_it:
                repo.scm.add([str(tracked)])
    except DvcException as error:
        remove(tracked)
        raise BadInput(f"dvc add {folder}: {one_line(error)}") from None
    except BaseException:
        remove(tracked)
        raise


def never_push(tracked: Path) -> None:
    """Keep the faces out of every `dvc push`: FER2013 may not be passed on."""
    content = yaml.safe_load(tracked.read_text(encoding="utf-8"))
    for out in content["outs"]:
        out["push"] = False
    write_text(tracked, yaml.safe_dump(content, sort_keys=False))
