"""Put a folder under DVC so that it is never pushed."""

from pathlib import Path

import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput, one_line
from fer2013.runtime.files import remove, write_text


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
    """Track a folder with DVC; if that fails, remove the .dvc file, which would allow a push.

    If the user has enabled core.autostage, the file is staged only after it has `push: false`.
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
    """Exclude the faces from every `dvc push`: FER2013 may not be redistributed."""
    content = yaml.safe_load(tracked.read_text(encoding="utf-8"))
    for out in content["outs"]:
        out["push"] = False
    write_text(tracked, yaml.safe_dump(content, sort_keys=False))
