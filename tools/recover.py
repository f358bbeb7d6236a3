"""Repair the files that DVC leaves incomplete when it is killed while it writes them.

    make recover

DVC rewrites dvc.lock and its own rwlock in place, so a kill at that moment leaves them empty or cut
off. Then later commands fail or, if the rest is valid, run stages again whose entries were cut off.
This restores dvc.lock from git; DVC's run cache then restores the results since, without training.
In the run cache itself, DVC takes an incomplete entry (a .tmp file) for a complete one, and fails
at an empty folder.
"""

import json
import re
import subprocess
from pathlib import Path

import psutil
from dvc.exceptions import DvcException
from dvc.lock import LockError, make_lock
from dvc.repo import Repo
from dvc.rwlock import SCHEMA as RWLOCK_SCHEMA
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import parse_yaml
from voluptuous import Invalid

from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import write_text
from tools.repository import require_git

LOCK, RWLOCK = Path("dvc.lock"), Path(".dvc/tmp/rwlock")
UNFINISHED = re.compile(r"\.[\w-]{22}\.tmp$")  # how DVC names its temporary files


def main() -> None:
    require_git()
    repo = Repo()
    try:
        # DVC holds these locks while it writes, so no file is in the middle of being written.
        with repo.lock, make_lock(f"{RWLOCK}.lock"):
            repaired = repair_lock() + repair_rwlock() + remove_unfinished(repo)
    except LockError:
        raise BadInput("dvc is running in this repository; wait until it has ended.") from None
    print("\n".join([*repaired, "Now run dvc repro."] if repaired else ["Nothing to repair."]))


def repair_lock() -> list[str]:
    """Restore dvc.lock from git if DVC cannot read it, or if its end is cut off."""
    if not LOCK.exists():
        return []
    now, committed = LOCK.read_text(encoding="utf-8", errors="replace"), committed_lock()
    if not damaged(now, committed):
        return []
    if not outputs_in(committed):
        LOCK.unlink()
        return [f"{LOCK} was damaged and has been removed, as git has none."]
    write_text(LOCK, committed)
    return [f"{LOCK} was damaged and has been restored from git."]


def committed_lock() -> str:
    command = ["git", "show", f"HEAD:./{LOCK}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def damaged(now: str, committed: str) -> bool:
    known = outputs_in(now)
    if known is None or not now.endswith("\n"):
        return True
    stages = read_yaml(Path("dvc.yaml"))["stages"]
    return any(stage in stages for stage, _ in (outputs_in(committed) or set()) - known)


def outputs_in(lock: str) -> set[tuple[str, str]] | None:
    """(stage, path) of all complete outputs in a dvc.lock, or None if DVC cannot read it."""
    try:
        stages = COMPILED_LOCKFILE_SCHEMA(parse_yaml(lock, LOCK)).get("stages", {})
    except (DvcException, Invalid):
        return None
    return {
        (name, out["path"])
        for name, stage in stages.items()
        for out in stage.get("outs", [])
        if "size" in out and ("nfiles" in out or not str(out.get("md5")).endswith(".dir"))
    }


def repair_rwlock() -> list[str]:
    """Remove the rwlock if DVC cannot read it, or if no process that it names is a running dvc."""
    if not RWLOCK.exists():
        return []
    try:
        locked = RWLOCK_SCHEMA(json.loads(RWLOCK.read_bytes()))
    except (UnicodeDecodeError, json.JSONDecodeError, Invalid):
        RWLOCK.unlink()
        return [f"{RWLOCK} was damaged and has been removed."]
    owners = [*locked["write"].values(), *(one for all_ in locked["read"].values() for one in all_)]
    if owners and not any(is_dvc(owner["pid"]) for owner in owners):
        RWLOCK.unlink()
        return [f"{RWLOCK} was left by a killed dvc and has been removed."]
    return []


def remove_unfinished(repo: Repo) -> list[str]:
    """Remove temporary files of DVC from its caches and from the folders of outputs."""
    run_cache = Path(repo.stage_cache.cache_dir)
    folders = (run_cache, repo.cache.local.path, "data", "metrics", "models")
    files = [path for folder in folders for path in Path(folder).rglob("*.tmp")]
    unfinished = [path for path in files if UNFINISHED.search(path.name)]
    for path in unfinished:
        path.unlink()
    empty = [folder for folder in run_cache.glob("*/*") if not any(folder.iterdir())]
    for folder in empty:
        folder.rmdir()
    return [f"{path} was incomplete and has been removed." for path in unfinished + empty]


def is_dvc(pid: int) -> bool:
    try:
        return "dvc" in " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


if __name__ == "__main__":
    exit_on_bad_input(main)
