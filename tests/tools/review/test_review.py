"""Whole reviews of the scratch repository's branches, and of damaged ones."""

import json
from pathlib import Path

import pytest
from dvc.utils.serialize import modify_yaml

from tests.pipeline.workspace import Workspace
from tests.tools.review.scratch import predict
from tools.repository import git_output
from tools.review.__main__ import write
from tools.review.markdown import report
from tools.review.review import Review, review
from tools.review.revision import Revision

VIT = {"evaluate_vit", "ensemble", "compare"}


@pytest.fixture(autouse=True)
def in_scratch(scratch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scratch.folder)


@pytest.fixture
def clone(scratch: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    copy = scratch.copy(tmp_path / "fer2013")
    copy.run("git", "checkout", "--quiet", "-b", "change")
    monkeypatch.chdir(copy.folder)
    return copy


@pytest.fixture
def without_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC is not asked about stages and parameters, which takes it some seconds."""
    monkeypatch.setattr("tools.review.review.find_stale", lambda *_: [])
    monkeypatch.setattr("tools.review.review.changed_parameters", lambda *_: "")


def reviewed(branch: str, base: str = "main") -> Review:
    return review(*(Revision(git_output("rev-parse", name).strip()) for name in (base, branch)))


def verdicts(found: Review) -> dict[str, str]:
    return {model.name: model.verdict for model in found.models}


def test_an_unchanged_commit_passes() -> None:
    found = reviewed("main")
    assert verdicts(found) == dict.fromkeys(["resnet", "vit", "ensemble"], "unchanged")
    assert not (found.failures or found.ran_again or found.stale or found.parameters)


def test_an_improvement() -> None:
    found = reviewed("improvement")
    assert verdicts(found) == {"resnet": "unchanged", "vit": "better", "ensemble": "unchanged"}
    assert not found.failures
    assert {"configure", "evaluate_vit", "compare"} <= {*found.ran_again}
    assert not any(name == "train_vit" or "resnet" in name for name in found.ran_again)
    row = "| params.yaml | models.vit.evaluate.views | ['plain'] | ['plain', 'flip'] |"
    assert row in " ".join(found.parameters.split())


def test_a_stale_lock_names_the_models_that_inherit_the_change() -> None:
    """`dvc status` would name configure alone. What the base has left stale is no failure."""
    found = reviewed("stale")
    of_resnet = {"train_resnet", "evaluate_resnet"}
    assert {*found.stale} == {"configure", *of_resnet, "ensemble", "compare"}
    assert found.failures == [f"dvc.lock is stale: {', '.join(found.stale)}"]
    assert found.repro_command == "dvc repro"
    again = reviewed("stale", base="stale")
    assert again.stale == again.stale_before == found.stale
    assert not again.failures
    assert "| params.yaml | optim.lr | 0.001 | 0.0005 |" in " ".join(found.parameters.split())


@pytest.mark.usefixtures("without_dvc")
def test_a_regression_fails_and_the_way_back_is_an_improvement() -> None:
    found = reviewed("regression")
    assert verdicts(found)["vit"] == "worse"
    assert any(failure.startswith("vit: accuracy fell beyond noise") for failure in found.failures)
    assert "train_vit" in found.ran_again
    assert "train_resnet" not in found.ran_again
    assert verdicts(reviewed("main", base="regression"))["vit"] == "better"


@pytest.mark.usefixtures("without_dvc")
def test_a_collapse_and_lost_classes_fail(clone: Workspace) -> None:
    predict(clone, "vit", right=300, only="Disgust")
    clone.commit("Collapse")
    failures = "\n".join(reviewed("HEAD").failures)
    assert "vit: collapsed" in failures
    assert "vit: never predicts Angry, Fear" in failures


@pytest.mark.usefixtures("without_dvc")
def test_another_machine_is_reported(clone: Workspace) -> None:
    change_scores(clone, computed_on={"name": "Zen 3"})
    text = report(reviewed("HEAD"), [])
    assert "`vit` has another `computed_on` among its scores" in text


def test_scores_edited_by_hand_and_records_that_are_gone_are_stale(clone: Workspace) -> None:
    change_scores(clone, val={"accuracy": 0.99})
    forget(clone, "overfit")
    assert {"evaluate_vit", "overfit"} <= {*reviewed("HEAD").stale}


def change_scores(clone: Workspace, **values: object) -> None:
    path = clone.folder / "metrics/scores/vit.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    clone.commit("Edit")


def forget(clone: Workspace, *stages: str) -> None:
    with modify_yaml(clone.folder / "dvc.lock") as lock:
        for stage in stages:
            del lock["stages"][stage]
    clone.commit("Forget")


def test_models_that_never_ran_are_no_failure(clone: Workspace) -> None:
    forget(clone, "train_resnet", "evaluate_resnet")
    assert not reviewed("HEAD", base="HEAD").failures
    file = clone.folder / "stages/evaluate.py"
    file.write_text(file.read_text() + "\n# a remark\n")
    clone.commit("Edit code")
    found = reviewed("HEAD", base="HEAD~1")
    assert found.repro_command == f"dvc repro --single-item {' '.join(found.stale)}"
    assert {*found.stale} == VIT


def test_an_invalid_params_yaml_fails(clone: Workspace) -> None:
    clone.set("optim.lr=-1")
    clone.commit("Mistype")
    assert any("optim" in failure for failure in reviewed("HEAD").failures)


@pytest.mark.usefixtures("without_dvc")
def test_the_same_commits_give_the_same_bytes(tmp_path: Path) -> None:
    folders = tmp_path / "first", tmp_path / "second"
    for folder in folders:
        write(reviewed("regression"), folder)
    files = [path.relative_to(folders[0]) for path in folders[0].rglob("*.*")]
    assert {"report.md", "vit-confusion.png"} <= {path.name for path in files}
    for path in files:
        assert (folders[0] / path).read_bytes() == (folders[1] / path).read_bytes()


@pytest.mark.usefixtures("without_dvc")
def test_a_commits_text_stays_text(clone: Workspace) -> None:
    clone.commit("<img src=x> ![x](y) @all `|`")
    assert "(`<img src=x> ![x](y) @all '\\|'`)" in report(reviewed("HEAD"), [])
