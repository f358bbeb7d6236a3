"""A change runs exactly the stages that depend on it, and undoing it trains nothing.

DVC is real, but the models' stages are replaced by stand-ins. With the real stages: a changed
learning rate in test_demo.py, changed code in test_dvc_commit.py.
"""

from pathlib import Path

import pytest

from tests.pipeline.workspace import (
    DISTINCT,
    EXPORTED,
    INHERITING,
    TEACHERS,
    Workspace,
    members_among,
)

ALL = set(DISTINCT)
MEMBERS = members_among(DISTINCT)


def of(kinds: tuple[str, ...], models: set[str]) -> set[str]:
    return {f"{kind}_{model}" for kind in kinds for model in models}


def reevaluated(models: set[str]) -> set[str]:
    ensemble = {"ensemble"} if models & set(MEMBERS) else set()
    exported = of(("export",), models & set(EXPORTED))
    return of(("evaluate",), models) | exported | ensemble | {"compare"}


def retrained(models: set[str]) -> set[str]:
    return of(("train",), models) | reevaluated(models)


def taught(models: set[str]) -> set[str]:
    """The models that have teachers among these."""
    return {model for model in ALL & TEACHERS.keys() if models & set(TEACHERS[model])}


CHANGES = {  # one after the other, each on top of those before it
    "a default": (["optim.lr=0.0003"], retrained(INHERITING & ALL)),
    "models' own values": (
        [
            "+models.resnet.optim.lr=0.0007",  # which it inherited until now
            "models.vit.network.dropout=0.2",
        ],
        retrained({"resnet", "vit"}) | {"overfit"},
    ),
    "a teacher": (["models.mentor.optim.lr=0.04"], retrained({"mentor"} | taught({"mentor"}))),
    "views": (["models.mentor.evaluate.views=[plain]"], reevaluated({"mentor"})),
    "what no training reads": (
        [
            f"ensemble.members=[{','.join(reversed(MEMBERS))}]",
            "overfit.lr=0.002",
        ],
        {"ensemble", "overfit", "compare"},
    ),
}
IN_README = {  # commands that the README or a docstring shows → a stage that they run here
    "dvc exp run -S models.vit.optim.lr=0.001 evaluate_vit": "train_vit",
    "dvc exp run -S +models.resnet.optim.lr=0.0005 evaluate_resnet": "train_resnet",
    "dvc exp run -S split.keep_together=none evaluate_resnet": "split",
}


def test_the_models_that_inherit_are_the_two_of_the_fourth_approach() -> None:
    assert sorted(INHERITING) == ["basic_cnn", "resnet"]


def test_a_comment_in_params_changes_nothing(quick: Workspace) -> None:
    append(quick.folder / "params.yaml", "# a remark\n")
    assert quick.ran("dvc", "repro") == {"configure", "compare"}  # they read the whole file
    changed = quick.run("git", "status", "--porcelain").split()
    assert changed == ["M", "dvc.lock", "M", "params.yaml"]


LONG = ("models' own values", "what no training reads")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(*change, id=name, marks=pytest.mark.long if name in LONG else ())
        for name, change in CHANGES.items()
    ],
)
def test_parameters(quick: Workspace, changes: list[str], expected: set[str]) -> None:
    quick.set(*changes)
    assert quick.ran("dvc", "repro") == expected | {"configure"}


@pytest.mark.long
def test_a_networks_file(quick: Workspace) -> None:
    append(quick.folder / "fer2013/networks/resnet.py", "\n# a remark\n")
    # A remark changes no result, so DVC finds nothing new for the stages after evaluate.
    expected = {"configure", "overfit", "compare"} | of(("train", "evaluate"), {"resnet"})
    assert quick.ran("dvc", "repro") == expected


@pytest.mark.long
def test_the_split(quick: Workspace) -> None:
    """Of stages of a kind, which share their lines in dvc.yaml, one stands for all."""
    quick.set("split.val_fraction=0.2")
    ran = quick.ran("dvc", "repro", "overfit", "train_vit", "train_champion", "evaluate_vit")
    expected = {"configure", "split", "tensors", "train_mentor", "train_champion"}
    assert ran == expected | {"overfit", "train_vit", "evaluate_vit"}


def test_all_of_that_undone(quick: Workspace) -> None:
    """Nothing trains: what writes into git and not into DVC's cache may run, for a moment."""
    undo(quick)
    assert quick.ran("dvc", "repro") <= {"configure", "compare"}
    assert quick.run("git", "status", "--porcelain") == ""


@pytest.mark.long
@pytest.mark.parametrize(("command", "stage"), IN_README.items(), ids=IN_README.keys())
def test_command_of_the_readme(quick: Workspace, command: str, stage: str) -> None:
    undo(quick)  # whatever ran before, as make test-long leaves other tests out
    assert stage in quick.ran(*command.split())


def undo(workspace: Workspace) -> None:
    workspace.run("git", "checkout", "--quiet", "params.yaml", "fer2013")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
