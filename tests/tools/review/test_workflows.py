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


@pytest.mark.parametrize(("sha", "posted"), [(HEAD, True), ("of a later push", False)])
def test_it_gets_one_comment(
    sha: str, posted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for GitHub's command notes how it is called and what it is told to post."""
    (tmp_path / "gh").write_text(
        f"""#!/bin/sh
        [ "$2" = list ] && echo '[{{"number": 7, "headRefOid": "{HEAD}"}}]' && exit
        (echo "$@"; cat) >{tmp_path}/posted
        """
    )
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "report.md").write_text("**worse**")
    monkeypatch.setattr("sys.argv", ["post_review", str(tmp_path / "report.md")])
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for name, value in {"HEAD_BRANCH": "change", "HEAD_SHA": sha, "RUN_URL": "https://x"}.items():
        monkeypatch.setenv(name, value)
    post_review.main()
    assert (tmp_path / "posted").exists() == posted
    if posted:
        command, body = (tmp_path / "posted").read_text().split("\n", 1)
        assert command == "pr comment 7 --edit-last --create-if-none --body-file=-"
        assert body.startswith("**worse**")
        assert HEAD[:10] in body


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
