"""The registry's commands of docs/use_a_model.md, on a local repository with the real weights."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace

CLONE = "/srv/fer2013"  # in the document
WEIGHTS = "models/champion/weights.safetensors"


def shown() -> list[str]:
    text = (REPOSITORY / "docs/use_a_model.md").read_text(encoding="utf-8")
    return [
        line for line in text.splitlines() if line.startswith(("gto ", "git push", "dvc artifacts"))
    ]


def kept_weights() -> Path:
    """Where the remote in this repository has champion's weights."""
    lock = yaml.safe_load((REPOSITORY / "dvc.lock").read_text(encoding="utf-8"))
    outs = lock["stages"]["train_champion"]["outs"]
    md5 = next(out["md5"] for out in outs if out["path"] == WEIGHTS)
    return Path("weights/files/md5") / md5[:2] / md5[2:]


@pytest.fixture
def registry(tmp_path: Path) -> Workspace:
    """This tree as a repository with champion's weights in its remote, and an origin to push to."""
    registry = Workspace.copy_of_repository(tmp_path / "fer2013")
    shutil.copy2(REPOSITORY / "dvc.lock", registry.folder)
    (registry.folder / kept_weights()).parent.mkdir(parents=True)
    shutil.copy2(REPOSITORY / kept_weights(), registry.folder / kept_weights())
    registry.commit("Start")
    bare = ["git", "init", "--quiet", "--bare", "--initial-branch=main"]
    registry.run(*bare, str(tmp_path / "origin"))
    registry.run("git", "remote", "add", "origin", str(tmp_path / "origin"))
    registry.run("git", "push", "--quiet", "origin", "main")
    return registry


def test_a_model_is_registered_and_fetched_by_its_stage(
    registry: Workspace, tmp_path: Path
) -> None:
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    told = ""
    for command in shown():
        words = command.replace(CLONE, str(registry.folder)).split()
        place = elsewhere if command.startswith("dvc artifacts") else registry
        told += place.run(*words)
    assert re.search(r"champion.*v1\.0\.0.*v1\.0\.0", told)  # gto show: latest, #prod
    (fetched,) = re.findall(r"Downloaded 1 file\(s\) to '(.+)'", told)
    assert elsewhere.bytes_of(fetched) == (REPOSITORY / kept_weights()).read_bytes()
