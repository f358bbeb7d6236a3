"""Mend what DVC itself leaves behind when it is killed while it writes.

    make recover

DVC rewrites dvc.lock and its own rwlock in place. A kill in that instant leaves them empty or cut
off, and every later command fails. dvc.lock comes back from git; the run cache then restores what
ran since, without training.
"""

import json
import subprocess
from pathlib import Path

import yaml

from fer2013.errors import BadInput, exit_on_bad_input
from fer2013.files import write_text

LOCK, RWLOCK = Path("dvc.lock"), Path(".dvc/tmp/rwlock")


def main() -> None:
    if LOCK.exists() and not readable(LOCK):
        restore_lock()
        print(f"{LOCK} was damaged and is restored from git; go on with dvc repro.")
    elif RWLOCK.exists() and not readable(RWLOCK):
        print(f"{RWLOCK} was damaged and is removed; go on with dvc repro.")
    else:
        print("Nothing to mend.")
    if RWLOCK.exists() and not readable(RWLOCK):
        RWLOCK.unlink()


def readable(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text) if path == LOCK else json.loads(text)
    except (UnicodeDecodeError, yaml.YAMLError, json.JSONDecodeError):
        return False
    return isinstance(content, dict) and (path != LOCK or isinstance(content.get("stages"), dict))


def restore_lock() -> None:
    command = ["git", "show", f"HEAD:./{LOCK}"]
    committed = subprocess.run(command, capture_output=True, text=True, check=False)
    if committed.returncode:
        raise BadInput(f"{LOCK} is damaged and git has none; remove it and run dvc repro.")
    write_text(LOCK, committed.stdout)


if __name__ == "__main__":
    exit_on_bad_input(main)
