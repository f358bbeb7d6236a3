"""Exactly what a change concerns runs again, and undoing it trains nothing.

`dvc repro` without --dry in every case, on real DVC.
"""

from pathlib import Path

import pytest

from tests.pipeline.workspace import MODELS, Workspace


def model_stages(*models: str) -> set[str]:
    return {f"{kind}_{model}" for kind in ("train", "evaluate", "confusion") for model in models}


INHERITING = {"resnet"}  # the models that take their learning rate from the defaults
PARAMS = {
    "optim.lr": (["optim.lr=0.0003"], {"configure"} | model_stages(*INHERITING)),
    "a new key of one model": (
        ["+models.resnet.optim.lr=0.0007"],
        {"configure"} | model_stages("resnet"),
    ),
    "a key of one model": (
        ["models.vit.optim.lr=0.0007"],
        {"configure"} | model_stages("vit"),
    ),
    "one model's augmentation": (
        ["models.vit_published.augment.0.p=0.25"],
        {"configure"} | model_stages("vit_published"),
    ),
    "split.val_fraction": (
        ["split.val_fraction=0.2"],
        {"split", "tensors"} | model_stages(*MODELS),
    ),
}


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return built.copy(tmp_path_factory.mktemp("changed") / "fer2013")


def trains_nothing(stages: set[str]) -> bool:
    """Configure's outputs are in git and not in DVC's cache, so it may run; it takes a moment."""
    return stages <= {"configure"}


def test_nothing_changed(workspace: Workspace) -> None:
    assert workspace.ran("dvc", "repro") == set()
    assert workspace.run("git", "status", "--porcelain") == ""


@pytest.mark.parametrize(("overrides", "expected"), PARAMS.values(), ids=PARAMS.keys())
def test_parameter(workspace: Workspace, overrides: list[str], expected: set[str]) -> None:
    workspace.set(*overrides)
    assert workspace.ran("dvc", "repro") == expected
    workspace.run("git", "checkout", "--quiet", "params.yaml")
    assert trains_nothing(workspace.ran("dvc", "repro"))
    assert workspace.run("git", "status", "--porcelain") == ""


def test_a_networks_file(workspace: Workspace) -> None:
    append(workspace.folder / "fer2013/networks/resnet.py", "\n# a remark\n")
    # A remark changes no prediction, so DVC finds nothing new for the confusion stage.
    expected = {"configure"} | model_stages("resnet") - {"confusion_resnet"}
    assert workspace.ran("dvc", "repro") == expected
    workspace.run("git", "checkout", "--quiet", "fer2013")
    assert trains_nothing(workspace.ran("dvc", "repro"))
    assert workspace.run("git", "status", "--porcelain") == ""


def test_a_comment_in_params(workspace: Workspace) -> None:
    append(workspace.folder / "params.yaml", "# a remark\n")
    assert workspace.ran("dvc", "repro") == set()
    workspace.run("git", "checkout", "--quiet", "params.yaml")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
