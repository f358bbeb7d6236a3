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
    """Nothing is asked about stale stages, which takes DVC some seconds."""
    monkeypatch.setattr("tools.review.review.find_stale", lambda *_: [])


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
    assert found.parameters == {("evaluate.views", '["plain"]', '["plain", "flip"]'): ["vit"]}


def test_a_stale_lock_names_the_models_that_inherit_the_change() -> None:
    """`dvc status` would name configure alone."""
    found = reviewed("stale")
    of_resnet = {"train_resnet", "evaluate_resnet"}
    assert {*found.stale} == {"configure", *of_resnet, "ensemble", "compare"}
    assert found.failures == [f"dvc.lock is stale: {', '.join(found.stale)}"]
    assert found.repro_command == "dvc repro"
    assert found.parameters == {("optim.lr", "0.001", "0.0005"): ["resnet"]}


def test_what_the_base_left_stale_is_no_failure(clone: Workspace) -> None:
    clone.run("git", "checkout", "--quiet", "stale")
    clone.commit("Nothing")
    found = reviewed("HEAD", base="HEAD~1")
    assert found.stale == found.stale_before != []
    assert not found.failures


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
    text = report(reviewed("HEAD"), {})
    assert "`vit` has another `computed_on` among its scores" in text
    assert '`computed_on.name` | `absent` | `"Zen 3"`' in text


def test_scores_edited_by_hand_fail(clone: Workspace) -> None:
    change_scores(clone, val={"accuracy": 0.99})
    assert "evaluate_vit" in reviewed("HEAD").stale


def change_scores(clone: Workspace, **values: object) -> None:
    path = clone.folder / "metrics/scores/vit.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    clone.commit("Edit")


@pytest.mark.usefixtures("without_dvc")
def test_results_that_are_gone_fail(clone: Workspace) -> None:
    (clone.folder / "metrics/scores/vit.json").unlink()
    clone.commit("Remove")
    assert "vit: its results are gone" in reviewed("HEAD").failures


def test_stages_that_dvc_status_calls_changed_are_stale(clone: Workspace) -> None:
    """Held against DVC where the data is."""
    for path in ("fer2013/data/splitting.py", "stages/evaluate.py", "stages/train.py"):
        file = clone.folder / path
        file.write_text(file.read_text() + "\n# a remark\n")
    clone.set("overfit.lr=0.002")
    clone.commit("Edit code")
    changed = json.loads(clone.run("dvc", "status", "--json"))
    assert changed.keys() >= {"split", "train_vit", "evaluate_vit", "overfit"}
    assert changed.keys() <= {*reviewed("HEAD").stale}


def forget(clone: Workspace, *stages: str) -> None:
    with modify_yaml(clone.folder / "dvc.lock") as lock:
        for stage in stages:
            del lock["stages"][stage]
    clone.commit("Forget")


def test_a_record_that_is_gone_is_stale(clone: Workspace) -> None:
    forget(clone, "overfit")
    assert reviewed("HEAD").stale == ["overfit"]


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


def test_a_damaged_dvc_yaml_fails(clone: Workspace) -> None:
    (clone.folder / "dvc.yaml").write_text("stages: [")
    clone.commit("Damage")
    assert any(failure.startswith("dvc.yaml is damaged") for failure in reviewed("HEAD").failures)


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
    text = report(reviewed("HEAD"), {})
    assert "<img" not in text
    assert "![x]" not in text
    assert "@all" not in text
