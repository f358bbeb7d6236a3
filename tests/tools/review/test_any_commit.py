"""A review never ends in a traceback, whatever either commit holds."""

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tools.repository import git_output
from tools.review import differences
from tools.review.markdown import report
from tools.review.review import review
from tools.review.revision import Revision

VALUES = {
    ".json": ["", "null", "1e400", '"\\ud800 `|` <b>"', "[0.5, 1]", "[" * 3000, "{", "\0"],
    ".yaml": ["~", "1:30", "2024-13-45", "!!bool x", '!!int ""', "&a {b: *a}", "{1: a}", "*gone"],
}
PREDICTIONS = "row,actual,predicted\n0,Angry,Angry\n3,Fear,Sad\n"
SANE = {
    "metrics/scores/m.json": '{"epoch": 2, "val": {"accuracy": 0.5, "lost_classes": []}}',
    "metrics/predictions/m.csv": PREDICTIONS,
    "dvc.yaml": "stages:\n  train_m:\n    cmd: x\n",
    "dvc.lock": "stages:\n  train_m:\n    cmd: x\n    deps:\n    - path: a\n      md5: b\n",
}
TABLES = [
    *("", "\0", "row,actual\n", "row,actual,predicted\n", "row,actual,predicted\n0,Angry\n"),
    *(PREDICTIONS.replace("3", other) for other in ("0", "x", "", "9" * 400)),
    *(PREDICTIONS.replace("Sad", other) for other in ("Joy", "", '"', "Sad,Sad")),
]


class MadeUp(Revision):
    """A commit with these files."""

    subject = "Made up"

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__("0" * 40)
        self.files = files

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def names(self, folder: str) -> list[str]:
        return ["m"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr("tools.review.review.find_stale", lambda *_: [])
    monkeypatch.setattr("tools.review.review.changed_parameters", lambda *_: "")
    monkeypatch.setattr("tools.review.models.correct_for_many", lambda _: None)  # takes a second
    monkeypatch.setattr(differences, "DRAWS", 50)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", SANE)
def test_files_of_every_form(name: str) -> None:
    """Damaged, of another type, or missing, before or after."""
    suffix = name[name.rindex(".") :].replace(".lock", ".yaml")
    forms = ["{}", "val: {}", "stages: {{a: {}}}"] if suffix == ".yaml" else ["{}", '{{"val": {}}}']
    texts = TABLES if suffix == ".csv" else [f.format(v) for f in forms for v in VALUES[suffix]]
    rest = {path: text for path, text in SANE.items() if path != name}
    for other in [rest, *(SANE | {name: text} for text in texts)]:
        for base, head in ((SANE, other), (other, SANE)):
            found = report(review(MadeUp(base), MadeUp(head)), [])
            assert found.encode().startswith(b"# Review: ")


@pytest.mark.usefixtures("quick")
def test_what_is_damaged_fails_the_review_and_is_named_where_it_was() -> None:
    damaged = SANE | {"metrics/predictions/m.csv": "row,actual,predicted\n0,Joy,Sad\n"}
    sentence = "metrics/predictions/m.csv is damaged at 0000000000: it names an unknown class"
    assert review(MadeUp(SANE), MadeUp(damaged)).failures == [sentence, "m: its results are gone"]
    found = review(MadeUp(damaged), MadeUp(SANE))
    assert found.failures == []
    assert sentence in report(found, [])


@pytest.mark.usefixtures("quick")
def test_earlier_commits_of_this_repository() -> None:
    """A dozen, far apart, or what a shallow clone has of them."""
    commits = git_output("rev-list", "--first-parent", "HEAD").split()
    head = Revision(commits[0])
    for commit in [*commits[:: max(1, len(commits) // 12)][:12], commits[-1]]:
        base = Revision(commit)
        assert report(review(base, head), []).startswith("# Review: ")
        assert base.problems == []


def test_a_dvc_yaml_that_is_damaged_fails(scratch: Workspace, tmp_path: Path) -> None:
    clone = scratch.copy(tmp_path / "fer2013")
    (clone.folder / "dvc.yaml").write_text("stages: [")
    clone.commit("Damage")
    said = clone.run("python", "-m", "tools.review", "HEAD~1", fails=True)
    assert "\ndvc.yaml is damaged" in said
    assert "Traceback" not in said
