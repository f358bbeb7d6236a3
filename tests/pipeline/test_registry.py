"""The registry's commands of docs/use_a_model.md, on a local repository with the real weights."""

import re
import shutil
from pathlib import Path

import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.test_readme import blocks
from tests.pipeline.workspace import Workspace

CLONE = "/srv/fer2013"  # in the document
LINES = [line for block in blocks(Path("docs/use_a_model.md")) for line in block.splitlines()]


def kept_weights() -> Path:
    """Where the remote in this repository has champion's weights."""
    lock = yaml.safe_load((REPOSITORY / "dvc.lock").read_text(encoding="utf-8"))
    outs = lock["stages"]["train_champion"]["outs"]
    md5 = next(out["md5"] for out in outs if out["path"].endswith("weights.safetensors"))
    return Path("weights/files/md5") / md5[:2] / md5[2:]


def test_a_model_is_registered_and_fetched_by_its_stage(tmp_path: Path) -> None:
    registry, elsewhere = Workspace.copy_of_repository(tmp_path / "fer2013"), Workspace(tmp_path)
    shutil.copy2(REPOSITORY / "dvc.lock", registry.folder)
    (registry.folder / kept_weights()).parent.mkdir(parents=True)
    shutil.copy2(REPOSITORY / kept_weights(), registry.folder / kept_weights())
    registry.commit("Start")
    registry.run("git", "init", "--quiet", "--bare", "--initial-branch=main", "../origin")
    registry.run("git", "remote", "add", "origin", "../origin")
    registry.run("git", "push", "--quiet", "origin", "main")
    said = ""
    for line in LINES:
        if line.startswith(("gto ", "git push", "dvc artifacts")):
            place = elsewhere if line.startswith("dvc artifacts") else registry
            said += place.run(*line.replace(CLONE, str(registry.folder)).split())
    assert re.search(r"champion.*v1\.0\.0.*v1\.0\.0", said)  # gto show: latest, #prod
    (fetched,) = re.findall(r"Downloaded 1 file\(s\) to '(.+)'", said)
    assert elsewhere.bytes_of(fetched) == (REPOSITORY / kept_weights()).read_bytes()
