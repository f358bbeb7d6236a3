"""Compare all that stages wrote in two workspaces."""

import hashlib
from pathlib import Path

from fer2013.core.sections import read_yaml

Outputs = dict[str, tuple[str, bool]]  # path → MD5, executable: all of its mode that git tracks


def outputs(workspace: Path) -> Outputs:
    """dvc.lock, and every file of the outputs that it names."""
    lock = workspace / "dvc.lock"
    outs = [
        workspace / out["path"]
        for stage in read_yaml(lock)["stages"].values()
        for out in stage.get("outs", [])
    ]
    files = [file for path in (lock, *outs) for file in (path, *path.rglob("*")) if file.is_file()]
    return {
        str(file.relative_to(workspace)): (
            hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest(),
            bool(file.stat().st_mode & 0o111),
        )
        for file in files
    }


def differences(expected: Path, found: Path) -> list[str]:
    """The files that differ, or that only one of the workspaces has."""
    one, other = outputs(expected), outputs(found)
    return sorted(path for path in one | other if one.get(path) != other.get(path))
