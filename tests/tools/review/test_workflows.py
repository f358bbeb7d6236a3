"""A pull request on GitHub, from its review to the comment; and what runs with which token."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace, lend_packages
from tools import post_review

WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.yml"))
REVIEW = REPOSITORY / ".github/workflows/review.yml"
HEAD = "0123456789" * 4


def steps(workflow: Path) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load(workflow.read_text())["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def test_a_pull_request_that_makes_a_model_worse_fails(scratch: Workspace, tmp_path: Path) -> None:
    command = ["git", "clone", "-q", "-b", "regression", str(scratch.folder), f"{tmp_path}/clone"]
    subprocess.run(command, check=True)
    clone = Workspace(tmp_path / "clone")
    clone.environment["BASE"] = "origin/main"
    lend_packages(clone.folder)
    install, review = [step["run"] for step in steps(REVIEW) if "run" in step]
    clone.run("bash", "-e", "-c", install)
    clone.run("bash", "-e", "-c", review, fails=True)
    (upload,) = [step["with"]["path"] for step in steps(REVIEW) if "if" in step]
    assert upload.split() == ["review/report.md", "review/pictures"]  # not review/faces
    assert "**worse**" in (clone.folder / upload.split()[0]).read_text()


def test_it_gets_one_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub is stood in for."""
    comments: list[dict[str, Any]] = []

    def call(method: str, path: str, content: Any = None) -> Any:
        if path.startswith("pulls?"):
            assert path.endswith("head=someone%3Achange")
            return [{"number": 7, "head": {"sha": HEAD}}]
        if method == "GET":
            return comments if path.endswith("/7/comments?per_page=100&page=1") else []
        if method == "POST":
            comments.append({"id": 1, "user": {"login": post_review.AUTHOR}})
        return comments[0].update(content)

    (tmp_path / "report.md").write_text("**worse**")
    monkeypatch.setattr(post_review, "call", call)
    monkeypatch.setattr("sys.argv", ["post_review", str(tmp_path / "report.md")])
    monkeypatch.setenv("RUN_URL", "https://github.com/x/y/actions/runs/1")
    for sha in (HEAD, HEAD, "another, as somebody has pushed since"):
        for name, value in {"OWNER": "someone", "BRANCH": "change", "SHA": sha}.items():
            monkeypatch.setenv(f"HEAD_{name}", value)
        post_review.main()
    (comment,) = comments
    assert comment["body"].startswith(post_review.MARK)
    assert "**worse**" in comment["body"]
    assert HEAD[:10] in comment["body"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nobody_elses_code_runs_with_a_token_that_writes(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    events = workflow[True]  # YAML reads `on` as true
    (job,) = workflow["jobs"].values()
    assert "pull_request_target" not in events
    if "pull_request" in events:
        assert workflow["permissions"] | job.get("permissions", {}) == {"contents": "read"}
    for step in job["steps"]:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}|", step.get("uses", ""))
        assert "${{" not in step.get("run", "")  # a fork can choose, say, its branch's name
        if "workflow_run" in events and "checkout@" in step.get("uses", ""):
            assert step["with"]["ref"] == "${{ github.event.repository.default_branch }}"
