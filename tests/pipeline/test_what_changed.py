"""Exactly what a change concerns runs again, and undoing it trains nothing.

`dvc repro` without --dry in every case, on real DVC, over most models; the models' stages are
stand-ins, but for the last test. A changed rate for real: test_demo.py.
"""

from pathlib import Path

import pytest

from tests.pipeline.workspace import (
    DISTINCT,
    INHERITING,
    KINDS,
    MEMBERS,
    OF_ENSEMBLE,
    TEACHERS,
    Workspace,
)

RESULTS = ("train", "evaluate", "confusion", "submit")


def of(kinds: tuple[str, ...], models: set[str]) -> set[str]:
    return {f"{kind}_{model}" for kind in kinds for model in models}


def after_new_predictions(models: set[str]) -> set[str]:
    ensemble = OF_ENSEMBLE if models & set(MEMBERS) else set()
    return {"compare"} | ensemble | ({"report_improved_cnn"} & of(("report",), models))


def retrained(models: set[str]) -> set[str]:
    return {"configure"} | of(RESULTS, models) | after_new_predictions(models)


def taught(models: set[str]) -> set[str]:
    """The models that have teachers among these."""
    return {model for model, teachers in TEACHERS.items() if models & set(teachers)}


ALL = set(DISTINCT)
CHANGES = {  # one after the other, each on top of those before it
    "optim.lr=0.0003": retrained(INHERITING),
    "+models.resnet.optim.lr=0.0007": retrained({"resnet"}),
    "models.vit.optim.lr=0.0007": retrained({"vit"}),
    "+models.basic_cnn.optim.lr=0.0008": retrained({"basic_cnn"}),
    "models.cnn_adam.optim.lr=0.0007": retrained({"cnn_adam"}),
    "models.improved_cnn.optim.lr=0.0007": retrained({"improved_cnn"}),
    "models.improved_cnn.augment.0.p=0.25": retrained({"improved_cnn"}),
    "models.vit.network.dropout=0.2": retrained({"vit"}) | {"overfit_vit"},
    f"ensemble.members=[{','.join(reversed(MEMBERS))}]": OF_ENSEMBLE | {"compare"},
    "models.mentor.optim.lr=0.04": retrained({"mentor"} | taught({"mentor"}))
    | of(("teach",), taught({"mentor"})),
    "overfit.lr=0.002": of(("overfit",), ALL),
    "published.resnet.loss=0.5": {"compare"},
    "split.val_fraction=0.2": {"split", "tensors"}
    | of(KINDS, ALL)
    | of(("teach",), taught(ALL))
    | after_new_predictions(ALL),
}


def test_the_models_that_inherit_are_the_two_of_the_fourth_approach() -> None:
    assert sorted(INHERITING) == ["basic_cnn", "resnet"]


def test_nothing_changed(quick: Workspace) -> None:
    assert quick.ran("dvc", "repro") == set()
    assert quick.run("git", "status", "--porcelain") == ""


def test_a_comment_in_params(quick: Workspace) -> None:
    append(quick.folder / "params.yaml", "# a remark\n")
    assert quick.ran("dvc", "repro") == set()


@pytest.mark.parametrize(("change", "expected"), CHANGES.items(), ids=CHANGES.keys())
def test_parameter(quick: Workspace, change: str, expected: set[str]) -> None:
    quick.set(change)
    assert quick.ran("dvc", "repro") == expected


def test_a_networks_file(quick: Workspace) -> None:
    append(quick.folder / "fer2013/networks/resnet.py", "\n# a remark\n")
    # A remark changes no result, so DVC finds nothing new for the stages after evaluate.
    expected = {"configure", "compare"} | of(("overfit", "train", "evaluate"), {"resnet"})
    assert quick.ran("dvc", "repro") == expected


def test_all_of_that_undone(quick: Workspace) -> None:
    undo(quick)


def undo(workspace: Workspace) -> None:
    """Nothing trains: what writes into git and not into DVC's cache may run, for a moment."""
    workspace.run("git", "checkout", "--quiet", "params.yaml", "fer2013")
    assert workspace.ran("dvc", "repro") <= {"configure", "compare", "report_improved_cnn"}
    assert workspace.run("git", "status", "--porcelain") == ""


def test_a_networks_file_for_real(built: Workspace, tmp_path: Path) -> None:
    real = built.copy(tmp_path / "fer2013")
    append(real.folder / "fer2013/networks/resnet.py", "\n# a remark\n")
    # The run's id is new, as it is a fingerprint of the code too; its predictions are not.
    expected = {"configure", "compare", "confusion_resnet"}
    expected |= of(("overfit", "train", "evaluate"), {"resnet"})
    assert real.ran("dvc", "repro") == expected
    undo(real)


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
