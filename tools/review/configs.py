"""Each model's configuration at a commit, made from its params.yaml, in the order of that file.

If the stage configure is up to date, these are the committed models/<model>/config.yaml. If not,
the commit's own stages/configure.py is run in a temporary folder, since the params.yaml of an older
commit may not fit the schema of today's code.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from fer2013.runtime.errors import BadInput
from tools.review.pipeline import parsed
from tools.review.revision import Revision

NEEDED = ("params.yaml", "fer2013", "stages")


def models_of(revision: Revision) -> list[str]:
    return [str(model) for model in parsed(revision, "params.yaml").get("models") or {}]


def path_of(model: str) -> str:
    return f"models/{model}/config.yaml"


def committed_configs(revision: Revision) -> dict[str, bytes]:
    """The configuration files of the commit, by path."""
    files = {path_of(model): revision.read(path_of(model)) for model in models_of(revision)}
    return {path: data for path, data in files.items() if data is not None}


def made_configs(revision: Revision) -> dict[str, bytes]:
    """The configurations that `dvc repro configure` would write at a commit, by path.

    Raises:
        BadInput: the commit's params.yaml is wrong.
    """
    archive = subprocess.run(
        ["git", "archive", "--format=zip", revision.commit, *NEEDED],
        capture_output=True,
        check=True,
    ).stdout
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            files.extractall(folder)
        run = [sys.executable, "-m", "stages.configure"]
        result = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode:
            lines = result.stderr.strip().splitlines() or ["it failed"]
            raise BadInput(f"configure at {revision.short}: {lines[-1].removeprefix('error: ')}")
        paths = [path_of(model) for model in models_of(revision)]
        return {path: (folder / path).read_bytes() for path in paths}


def values(config: bytes) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(config)
    return content
