"""Repair what DVC leaves incomplete when it is killed while it writes. For when no dvc runs.

    make recover

dvc.lock is taken from git; then DVC's run cache brings back the results since, without training. In
that cache DVC takes half an entry (a .tmp file) for a whole one, and fails at an empty folder.
"""

import json
import subprocess
from pathlib import Path

import yaml

from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import write_text
from tools.repository import git, require_git

LOCK, RWLOCK = Path("dvc.lock"), Path(".dvc/tmp/rwlock")


def main() -> None:
    require_git()
    cache = subprocess.run(["dvc", "cache", "dir"], capture_output=True, text=True, check=True)
    runs = Path(cache.stdout.strip()) / "runs"
    halves = list(runs.rglob(".*.tmp")) + [RWLOCK] * is_half(RWLOCK)
    for path in halves:
        path.unlink()
    empty = [folder for folder in runs.glob("*/*") if not any(folder.iterdir())]
    for folder in empty:
        folder.rmdir()
    for path in halves + empty:
        print(f"{path} was incomplete and has been removed.")
    committed = git("show", f"HEAD:./{LOCK}").stdout
    cut_off = LOCK.exists() and is_cut_off(LOCK.read_text("utf-8", "replace"), committed)
    if cut_off:
        write_text(LOCK, committed) if committed else LOCK.unlink()
        print(f"{LOCK} was damaged and is again as git has it.")
    print("Now run dvc repro." if cut_off or halves or empty else "Nothing to repair.")


def is_half(path: Path) -> bool:
    try:
        json.loads(path.read_bytes() if path.exists() else "{}")
    except ValueError:
        return True
    return False


def is_cut_off(lock: str, committed: str) -> bool:
    """Does it end within a line or a stage, or before a stage of dvc.yaml that git's has?"""
    if not lock.endswith("\n"):
        return True
    pipeline = Path("dvc.yaml").read_text(encoding="utf-8")
    stages, earlier, present = (
        yaml.safe_load(text or "{}").get("stages") or {} for text in (lock, committed, pipeline)
    )
    expected = stages.keys() | (earlier.keys() & present.keys())
    return any(not (stages.get(name) or {}).get("outs") for name in expected)


if __name__ == "__main__":
    exit_on_bad_input(main)
