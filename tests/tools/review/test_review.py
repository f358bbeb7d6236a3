"""Whole reviews of the scratch repository's branches, and of damaged ones."""

import json
from pathlib import Path

import pytest
from dvc.utils.serialize import modify_yaml

from fer2013.runtime.errors import BadInput
from tests.pipeline.workspace import Workspace
from tests.tools.review.scratch import predict, record
from tools.review.__main__ import write
from tools.review.markdown import report
from tools.review.review import Review, review
from tools.review.revision import Revision, git

ENSEMBLE = {"ensemble", "confusion_ensemble", "submit_ensemble"}
VIT = {"evaluate_vit", "confusion_vit", "submit_vit", "export_vit", *ENSEMBLE, "compare"}


@pytest.fixture(autouse=True)
def in_scratch(scratch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scratch.folder)


@pytest.fixture
def clone(scratch: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    copy = scratch.copy(tmp_path / "fer2013")
    copy.run("git", "checkout", "--quiet", "-b", "change")
    monkeypatch.chdir(copy.folder)
    return copy


def reviewed(branch: str, base: str = "main") -> Review:
    commits = [Revision(git("rev-parse", name).strip()) for name in (base, branch)]
    return review(*commits)


def verdicts(found: Review) -> dict[str, str]:
    return {model.name: model.verdict for model in found.models}


def test_an_unchanged_commit_passes() -> None:
    found = reviewed("main")
    assert {*verdicts(found).values()} == {"unchanged"}
    assert verdicts(found).keys() == {"resnet", "vit", "ensemble"}
    assert not found.failures
    assert not found.affected
    assert not found.parameters


def test_an_improvement() -> None:
    found = reviewed("improvement")
    assert verdicts(found) == {"resnet": "unchanged", "vit": "better", "ensemble": "unchanged"}
    assert not found.failures
    assert found.affected.keys() == {"configure"} | VIT
    (change,) = found.parameters
    assert (change.key, change.models) == ("evaluate.views", ["vit"])
    assert (change.before, change.after) == ('["plain"]', '["plain", "flip"]')


def test_a_change_within_noise() -> None:
    found = reviewed("noise")
    assert verdicts(found)["resnet"] == "unchanged"
    assert verdicts(found)["vit"] == "within noise"
    assert not found.failures
    assert {"evaluate_resnet", *VIT} <= found.affected.keys()
    assert "train_vit" not in found.affected


def test_a_stale_lock_names_the_models_that_inherit_the_change() -> None:
    """`dvc status` would name configure alone."""
    found = reviewed("stale")
    of_resnet = {
        f"{kind}_resnet" for kind in ("train", "evaluate", "confusion", "submit", "export")
    }
    assert found.state.stale.keys() == {"configure", *of_resnet, *ENSEMBLE, "compare"}
    assert found.failures == [f"dvc.lock is stale: {', '.join(found.state.stale)}"]
    (command,) = found.remedy
    assert command.startswith("dvc repro ")
    of_resnet -= {"train_resnet", "evaluate_resnet"}
    assert {*command.split()[2:]} == {*of_resnet, *ENSEMBLE - {"ensemble"}, "compare"}
    (change,) = found.parameters
    assert (change.key, change.before, change.after) == ("optim.lr", "0.001", "0.0005")
    assert change.models == ["resnet"]


def test_a_regression_fails() -> None:
    found = reviewed("regression")
    assert verdicts(found)["vit"] == "worse"
    assert any(failure.startswith("vit: accuracy fell beyond noise") for failure in found.failures)
    assert "train_vit" in found.affected
    assert "train_resnet" not in found.affected


def test_a_way_back_is_an_improvement() -> None:
    assert verdicts(reviewed("main", base="regression"))["vit"] == "better"


def test_a_collapse_and_lost_classes_fail(clone: Workspace) -> None:
    predict(clone, "vit", right=300, only="Disgust")
    record(clone, *VIT)
    clone.commit("Collapse")
    failures = "\n".join(reviewed("HEAD").failures)
    assert "vit: collapsed" in failures
    assert "vit: never predicts Angry, Fear" in failures


def computed_on(clone: Workspace, model: str, name: str) -> None:
    path = clone.folder / f"metrics/scores/{model}.json"
    machine = {"device": "cpu", "name": name, "cpu_capability": "AVX2", "precision": "float32"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"computed_on": machine}))


def test_another_machine_is_reported_but_is_no_score(clone: Workspace) -> None:
    computed_on(clone, "vit", "Zen 3")
    clone.commit("Record the machine")
    computed_on(clone, "vit", "Haswell")
    clone.commit("Train elsewhere")
    text = report(reviewed("HEAD", base="HEAD~1"), {})
    before, after = (f"`{name}, AVX2, float32, torch None`" for name in ("Zen 3", "Haswell"))
    assert f"`vit` was computed on {before} before, and is now on {after}\n" in text
    assert "different scores" in text
    assert "cpu_capability" not in text
    first = report(reviewed("HEAD~1"), {})
    assert f"computed on a machine that is not recorded before, and is now on {before}\n" in first
    assert "computed on" not in report(reviewed("improvement"), {})


def test_scores_edited_by_hand_fail(clone: Workspace) -> None:
    path = clone.folder / "metrics/scores/vit.json"
    scores = json.loads(path.read_text())
    scores["val"]["accuracy"] = 0.99
    path.write_text(json.dumps(scores))
    clone.commit("Polish")
    found = reviewed("HEAD")
    assert "metrics/scores/vit.json is not what it wrote" in found.state.stale["evaluate_vit"]


def test_stages_that_dvc_status_calls_changed_are_stale(clone: Workspace) -> None:
    """Held against DVC itself, which has the data here."""
    for path in (
        "fer2013/data/splitting.py",
        "fer2013/reporting/pictures.py",
        "stages/train.py",
    ):
        file = clone.folder / path
        file.write_text(file.read_text() + "\n# a remark\n")
    clone.set("overfit.lr=0.002")
    clone.commit("Edit code")
    changed = json.loads(clone.run("dvc", "status", "--json"))
    found = reviewed("HEAD")
    assert changed.keys() >= {"split", "train_vit", "confusion_vit", "overfit_vit"}
    assert changed.keys() <= found.state.stale.keys()
    followers = {name: why for name, why in found.state.stale.items() if name not in changed}
    assert all(reason.startswith("follows") for why in followers.values() for reason in why)


def forget(clone: Workspace, *stages: str) -> None:
    with modify_yaml(clone.folder / "dvc.lock") as lock:
        for stage in stages:
            del lock["stages"][stage]


def test_a_record_that_is_gone_is_stale(clone: Workspace) -> None:
    forget(clone, "confusion_vit")
    clone.commit("Forget")
    assert "its record in dvc.lock is gone" in reviewed("HEAD").state.stale["confusion_vit"]


def test_models_that_never_ran_are_no_failure(clone: Workspace) -> None:
    for branch in ("main", "improvement"):
        clone.run("git", "checkout", "--quiet", "--force", branch)
        forget(
            clone,
            *(f"{kind}_resnet" for kind in ("train", "evaluate", "confusion", "submit", "export")),
        )
        clone.commit("Without resnet")
    found = reviewed("improvement")
    assert "train_resnet" in found.state.not_run
    assert not any("resnet" in name for name in found.state.stale)


def test_an_invalid_params_yaml_is_refused(clone: Workspace) -> None:
    clone.set("optim.lr=-1")
    clone.commit("Mistype")
    with pytest.raises(BadInput, match=r"configure at .*optim"):
        reviewed("HEAD")


def test_the_same_commits_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(reviewed("regression"), tmp_path / name)
    files = [path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*.*")]
    assert {"report.md", "vit-confusion.png"} <= {path.name for path in files}
    for path in files:
        assert (tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes()


def test_a_commits_text_stays_text(clone: Workspace) -> None:
    clone.commit("<img src=x> ![x](y) @all `|`")
    text = report(reviewed("HEAD"), {})
    assert "<img" not in text
    assert "![x]" not in text
    assert "@all" not in text
