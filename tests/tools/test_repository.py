"""Commands outside a git repository, or with a user's own settings of git and DVC."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.repo import Repo
from dvc_studio_client.config import get_studio_config

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools import demo, recover
from tools.data import __main__ as data
from tools.repository import require_git, unsigned
from tools.review import __main__ as review
from tools.tune import __main__ as tune

TOOLS: dict[str, tuple[Callable[[], None], list[str]]] = {
    "demo": (demo.main, []),
    "review": (review.main, ["main"]),
    "recover": (recover.main, []),
    "tune": (tune.main, ["resnet", "1"]),
    "data": (data.main, ["folder"]),
}


@pytest.mark.parametrize(("main", "words"), TOOLS.values(), ids=TOOLS.keys())
def test_a_downloaded_zip_is_no_repository(
    in_copy: Path, monkeypatch: pytest.MonkeyPatch, main: Callable[[], None], words: list[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tool", *words])
    with pytest.raises(BadInput, match=r"is no git repository.*git clone instead"):
        main()
    assert [path.name for path in in_copy.iterdir()] == ["params.yaml"]


def test_what_git_says_is_told(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    with pytest.raises(BadInput, match="no git repository with a commit"):
        require_git()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(BadInput, match=f"git config .* --add safe.directory {in_copy}"):
        require_git()
    monkeypatch.setenv("PATH", str(in_copy))
    with pytest.raises(BadInput, match="git is not installed"):
        require_git()


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a user who signs, with a key that is not here, and has a hook that fails."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-checkout", "commit-msg"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f"[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n[core]\n\thooksPath = {hooks}\n"
        "[user]\n\tname = test\n\temail = test@localhost\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))


@pytest.fixture
def committed(signing: None, in_copy: Path) -> Path:
    """A repository with a commit, which is not signed."""
    subprocess.run(["git", "init", "--quiet"], check=True)
    shutil.copy(REPOSITORY / "dvc.yaml", in_copy)
    subprocess.run(["git", "add", "params.yaml", "dvc.yaml"], check=True)
    subprocess.run(["git", "commit", "--quiet", "-m", "Start"], check=True, env=unsigned())
    return in_copy


def test_the_demo_does_not_sign_and_runs_no_hook(committed: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):  # the user's own commit would fail
        subprocess.run(["git", "commit", "--allow-empty", "-m", "x"], check=True)
    demo.clone(committed / "demo")
    demo.run("git", "commit", "--quiet", "--allow-empty", "-m", "More", folder=Path("demo"))


def test_no_studio_token_of_the_user_makes_a_stage_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only `dvc config --local studio.offline false` does."""
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    monkeypatch.setenv("DVC_STUDIO_TOKEN", "secret")
    (tmp_path / "global").mkdir()
    (tmp_path / "global/config").write_text("[studio]\n    token = secret\n    url = http://x\n")
    project = tmp_path / "project"
    (project / ".dvc").mkdir(parents=True)
    (project / ".dvc/config").write_bytes((REPOSITORY / ".dvc/config").read_bytes())
    subprocess.run(["git", "init", "--quiet", str(project)], check=True)

    def settings() -> object:
        with Repo(str(project)) as repo:
            return get_studio_config(repo.config["studio"], studio_repo_url="git@host:a/b")

    assert settings() == {}
    (project / ".dvc/config.local").write_text("[studio]\n    offline = false\n")
    assert settings() != {}


def test_a_base_that_looks_like_an_option_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["review", "--output=x"])
    with pytest.raises(BadInput, match="say against which branch"):
        review.main()
