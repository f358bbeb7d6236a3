"""The commands of CONTRIBUTING.md after a change in code: keep the results, or train again."""

import re
from pathlib import Path

import pytest

from tests.pipeline.test_readme import blocks
from tests.pipeline.workspace import Workspace

LOSSES = "fer2013/core/losses.py"
BLOCKS = [block.splitlines() for block in blocks(Path("CONTRIBUTING.md"))]
(SAME,) = (block for block in BLOCKS if any("commit --force" in line for line in block))
(OTHER,) = (block for block in BLOCKS if any("golden.record" in line for line in block))
OF_VIT = " -q -p no:cacheprovider -k 'recorded_one and vit'"  # the faster model


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    return built.copy(tmp_path / "fer2013")


def edit(workspace: Workspace, before: str, after: str) -> None:
    path = workspace.folder / LOSSES
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def ran(printed: str) -> set[str]:
    return set(re.findall(r"^Running stage '(.+)':", printed, re.MULTILINE))


@pytest.mark.long
def test_code_that_computes_the_same_is_committed_without_training(workspace: Workspace) -> None:
    edit(workspace, "import torch\n", "import torch  # a remark\n")
    printed = {}
    for line in SAME:
        if line.startswith("dvc commit"):
            assert "force" in workspace.run("dvc", "commit", "train_resnet", fails=True)
        command = line + OF_VIT * line.startswith("pytest")
        printed[line] = workspace.run("bash", "-c", command)
    status = next(text for line, text in printed.items() if line.startswith("dvc status"))
    assert re.findall(r"(?:modified|deleted|new): +(.+)", status) == ["fer2013/core"]
    stages = ran("\n".join(printed.values()))
    assert {"evaluate_resnet", "compare"} <= stages
    assert not any(stage.startswith("train") for stage in stages)
    changed = workspace.run("git", "status", "--porcelain").split()
    assert changed == ["M", "dvc.lock", "M", LOSSES]


def test_status_names_a_changed_parameter(workspace: Workspace) -> None:
    """Which to force would hide."""
    workspace.set("optim.lr=0.0003")
    workspace.run("dvc", "repro", "configure")
    assert re.search(
        r"modified: +data/recipes/resnet", workspace.run("dvc", "status", "train_resnet")
    )


@pytest.mark.long
def test_code_that_computes_something_else_is_recorded_and_trained(workspace: Workspace) -> None:
    edit(workspace, "return F.cross_entropy(", "return 1.01 * F.cross_entropy(")
    (golden,) = (line for line in SAME if line.startswith("pytest"))
    said = workspace.run("bash", "-c", golden + OF_VIT, fails=True)
    assert "vit computes something else, with the recorded recipe" in said
    lines = [line.replace("resnet", "vit") + " vit" * ("record" in line) for line in OTHER]
    printed = [workspace.run("bash", "-c", line) for line in lines]
    workspace.run("bash", "-c", golden + OF_VIT)
    assert {"train_vit", "compare"} <= ran("\n".join(printed))
