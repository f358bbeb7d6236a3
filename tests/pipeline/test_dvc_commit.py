"""The commands of CONTRIBUTING.md after a change in code: keep the results, or train again."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace

LOSSES = "fer2013/core/losses.py"
RUN_BY_CI = {"make setup", "make test", "make lint"}
SAME = [
    "pytest tests/fer2013/test_golden.py",
    "dvc repro configure",
    "dvc status train_resnet",
    "dvc commit --force train_resnet",
    "dvc repro evaluate_resnet",
    "dvc repro --single-item compare",
]
OTHER = ["python -m tests.golden.record", *SAME[4:]]


def shown() -> list[list[str]]:
    """The commands of each block of CONTRIBUTING.md, without their remarks."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    return [[line.split("  ")[0] for line in block.splitlines()] for block in blocks]


def test_the_document_shows_these_commands() -> None:
    setup, same, other, requirement = shown()
    assert set(setup) == RUN_BY_CI
    assert (same, other) == (SAME, OTHER)
    assert set(requirement) - RUN_BY_CI == {"make lock"}  # tests/tools/test_lock.py


@pytest.fixture
def workspace(built: Workspace, tmp_path: Path) -> Workspace:
    return built.copy(tmp_path / "fer2013")


def edit(workspace: Workspace, before: str, after: str) -> None:
    path = workspace.folder / LOSSES
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def golden(workspace: Workspace, fails: bool = False) -> str:
    """The golden tests of the workspace's faster model."""
    words = ["-q", "-p", "no:cacheprovider", "-k", "recorded_one and vit"]
    return workspace.run(*SAME[0].split(), *words, fails=fails)


@pytest.mark.long
def test_code_that_computes_the_same_is_committed_without_training(workspace: Workspace) -> None:
    edit(workspace, "import torch\n", "import torch  # a remark\n")
    golden(workspace)
    assert workspace.ran(*SAME[1].split()) == {"configure"}  # which reads the losses' options
    status = workspace.run(*SAME[2].split())
    assert re.findall(r"(?:modified|deleted|new): +(.+)", status) == ["fer2013/core"]
    assert "force" in workspace.run("dvc", "commit", "train_resnet", fails=True)
    workspace.run(*SAME[3].split())
    assert workspace.ran(*SAME[4].split()) == {"evaluate_resnet"}
    assert workspace.ran(*SAME[5].split()) == {"compare"}
    changed = workspace.run("git", "status", "--porcelain").split()
    assert changed == ["M", "dvc.lock", "M", LOSSES]


def test_forcing_would_hide_a_changed_parameter_but_status_names_it(workspace: Workspace) -> None:
    workspace.set("optim.lr=0.0003")
    assert workspace.ran(*SAME[1].split()) == {"configure"}
    assert re.search(r"modified: +data/recipes/resnet", workspace.run(*SAME[2].split()))
    workspace.run(*SAME[3].split())
    assert "train_resnet" not in workspace.ran(*SAME[4].split())


@pytest.mark.long
def test_code_that_computes_something_else_is_recorded_and_trained(workspace: Workspace) -> None:
    edit(workspace, "return F.cross_entropy(", "return 1.01 * F.cross_entropy(")
    assert "vit computes something else, the same recipe" in golden(workspace, fails=True)
    workspace.run(*OTHER[0].split(), "vit")
    golden(workspace)
    assert "train_vit" in workspace.ran(*OTHER[1].replace("resnet", "vit").split())
    assert workspace.ran(*OTHER[2].split()) == {"compare"}
