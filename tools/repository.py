"""The current git repository: checks that git can use it, and running git."""

import os
import subprocess
from pathlib import Path

from fer2013.runtime.errors import BadInput


def require_git() -> None:
    """Check that the current folder is in a git repository with a commit.

    Raises:
        BadInput: it is not, for instance after downloading a ZIP file, or git refuses to use it.
    """
    try:
        done = git("rev-parse", "--verify", "HEAD^{commit}")
    except FileNotFoundError:
        raise BadInput("git is not installed (or not on the PATH); install it.") from None
    if done.returncode:
        why = " ".join(done.stderr.split())
        raise BadInput(
            f"{Path.cwd()} is no git repository with a commit ({why}); if you have downloaded a "
            "ZIP file, bring it with git clone instead."
        )


def require_committed() -> None:
    """Check that what git tracks here is as it was committed.

    Raises:
        BadInput: it is not.
    """
    if changed():
        raise BadInput(
            "there are changes that are not committed, but jobs run what is committed; "
            "git commit them, or git stash them."
        )


def changed() -> list[str]:
    """Tracked files that differ from HEAD."""
    return git_output("diff", "--name-only", "HEAD").splitlines()


def git_output(*words: str) -> str:
    """Run git and return what it prints.

    Raises:
        BadInput: it failed.
    """
    done = git(*words)
    if done.returncode:
        raise BadInput(f"git {' '.join(words)}: {' '.join(done.stderr.split())}")
    return done.stdout


def git(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run git with English messages, whatever its exit code."""
    return subprocess.run(
        ["git", *words],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )


def unsigned() -> dict[str, str]:
    """The environment for a command that commits, without the user's signing key and hooks.

    Those are for the user's own commits.
    """
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return os.environ | {
        "GIT_CONFIG_COUNT": str(count + 2),
        f"GIT_CONFIG_KEY_{count}": "commit.gpgsign",
        f"GIT_CONFIG_VALUE_{count}": "false",
        f"GIT_CONFIG_KEY_{count + 1}": "core.hooksPath",
        f"GIT_CONFIG_VALUE_{count + 1}": os.devnull,
    }
