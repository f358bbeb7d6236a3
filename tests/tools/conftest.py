import subprocess
from pathlib import Path

import pytest


def commit_all() -> None:
    """Make the current folder a git repository, with all of its files committed."""
    author = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Start"]):
        subprocess.run(["git", *author, *words], check=True)


@pytest.fixture
def repository(in_copy: Path) -> Path:
    """A git repository with the repository's params.yaml, as current folder."""
    commit_all()
    return in_copy
