"""A review never ends in a traceback, whatever either commit holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.repository import git_output
from tools.review import differences
from tools.review.markdown import report
from tools.review.pictures import draw_curves
from tools.review.review import review
from tools.review.revision import Revision
from tools.review.stale import records_of, writes

JSON = [
    *("", "null", "true", "-7", "0.5", "NaN", "-Infinity", "1e400", "9" * 5000, '"text"', '""'),
    *('"\\ud800 `|` <b> @all"', "[]", "[0.5, 1]", "[null, [[]], {}]", '[{"a": 1}, {"name": [2]}]'),
    *('[{"name": "x", "p": 1}, {"name": "x"}]', '[{"name": "x"}, {"name": "y", "p": {"q": []}}]'),
    *("{}", '{"": {"a.b": {}}}', '{"a": {"b": [{"c": null}]}}', "[" * 3000 + "]" * 3000, "{", "\0"),
]
YAML = [
    *("~", "yes", "1:30", "0o17", "1e-05", ".nan", "2024-01-01", "2024-13-45", "!!bool x"),
    *('!!int ""', "!!binary aGk=", "!!set {a, b}", "!!python/none x", "{1: a, null: b, true: c}"),
    *("{2024-01-01: a}", "? [a, b]\n: c", "&a [*a]", "&a {b: *a}", "{<<: 1}", "a: b: c", "*gone"),
]
PREDICTIONS = "row,actual,predicted\n0,Angry,Angry\n3,Fear,Sad\n"
SANE = {
    "metrics/scores/m.json": '{"epoch": 2, "val": {"accuracy": 0.5, "lost_classes": []}}',
    "metrics/predictions/m.csv": PREDICTIONS,
    "metrics/epochs/m.tsv": "epoch\tval_loss\n1\t0.5\n2\t0.25\n",
    "models/m/config.yaml": "optim:\n  lr: 0.1\n",
    "params.yaml": "models:\n  m:\n    optim:\n      lr: 0.1\nsplit: 1\n",
    "dvc.lock": "stages:\n  train_m:\n    cmd: x\n    deps:\n    - path: a\n      md5: b\n",
}
TABLES = [
    *("", "\n", "row,actual\n", "row,actual,predicted\n", "row,actual,predicted\n0,Angry\n"),
    *(PREDICTIONS.replace("3", other) for other in ("0", "x", "-1", "", "9" * 400)),
    *(PREDICTIONS.replace("Sad", other) for other in ("Joy", "1", "", '"', "Sad,Sad")),
]
CURVES = [
    *("", "\0", "epoch\n1\t2\t3\n4\n", "epoch\tepoch\tval_loss\n1\t2\t3\n"),
    *(f"val_loss\tval_accuracy\n{value}\tx\n-1\t\n" for value in ("inf", "1e308", "9" * 400)),
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


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr("tools.review.review.find_stale", lambda *_: [])
    monkeypatch.setattr(differences, "DRAWS", 50)
    monkeypatch.setattr("tools.review.verdict.correct_for_many", lambda _: None)  # takes a second


def reviewed_both_ways(changed: dict[str, str], pictures: Path | None = None) -> None:
    for base, head in ((SANE, SANE | changed), (SANE | changed, SANE)):
        found = review(MadeUp(base), MadeUp(head))
        assert report(found, {}).encode().startswith(b"# Review: ")
        if pictures:
            for model in found.models:
                assert model.before and model.after
                draw_curves("m", model.before, model.after, pictures / "m.png")


@pytest.mark.parametrize(
    "form",
    ["{}", "val: {}", "models: {{m: {}}}", "stages: {{a: {}}}", "stages: {{a: {{outs: {}}}}}"],
)
def test_parameters_and_locks_of_every_type(form: str) -> None:
    for value in JSON + YAML:
        names = ("models/m/config.yaml", "params.yaml", "dvc.lock")
        files = {name: form.format(value) for name in names}
        reviewed_both_ways(files)
        for record in records_of(MadeUp(files)).values():
            assert not writes(record, "models/m/config.yaml")


@pytest.mark.parametrize("form", ["{}", '{{"val": {}}}', '{{"computed_on": {}}}'])
def test_scores_of_every_type(form: str) -> None:
    for value in JSON:
        reviewed_both_ways({"metrics/scores/m.json": form.format(value)})


@pytest.mark.parametrize("name", ["metrics/predictions/m.csv", "metrics/epochs/m.tsv"])
def test_tables_of_every_form(name: str) -> None:
    for table in TABLES + CURVES:
        reviewed_both_ways({name: table, "metrics/scores/m.json": "{}"})


def test_curves_of_every_form_are_drawn(tmp_path: Path) -> None:
    for table in CURVES:
        reviewed_both_ways({"metrics/epochs/m.tsv": table}, tmp_path)


@pytest.mark.parametrize("name", SANE)
def test_a_file_that_is_missing(name: str) -> None:
    rest = {path: text for path, text in SANE.items() if path != name}
    for base, head in ((SANE, rest), (rest, SANE), ({}, rest)):
        report(review(MadeUp(base), MadeUp(head)), {})


def test_what_is_damaged_fails_the_review_and_is_named_where_it_was() -> None:
    damaged = SANE | {"metrics/predictions/m.csv": "row,actual,predicted\n0,Joy,Sad\n"}
    sentence = "metrics/predictions/m.csv is damaged at 0000000000: it names an unknown class"
    assert review(MadeUp(SANE), MadeUp(damaged)).failures == [sentence, "m: its results are gone"]
    found = review(MadeUp(damaged), MadeUp(SANE))
    assert found.failures == []
    assert sentence.replace("_", "\\_") in report(found, {})


def own_commits() -> list[str]:
    """A dozen commits of this repository, far apart, or what a shallow clone has of them."""
    commits = git_output("rev-list", "--first-parent", "HEAD").split()
    return [*commits[:: max(1, len(commits) // 12)][:12], commits[-1]]


def test_earlier_commits_of_this_repository() -> None:
    commits = own_commits()
    head = Revision(commits[0])
    for commit in commits:
        base = Revision(commit)
        assert report(review(base, head), {}).startswith("# Review: ")
        assert base.problems == []


def test_the_whole_command_against_the_first_commit(tmp_path: Path) -> None:
    target = tmp_path / "review"
    done = subprocess.run(
        [sys.executable, "-m", "tools.review", own_commits()[-1], str(target)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert (target / "report.md").exists(), done.stderr
