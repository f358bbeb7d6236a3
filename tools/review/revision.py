"""The files of a git commit, read without changing the working tree."""

import json
from functools import cached_property
from typing import Any

import yaml

from fer2013.runtime.errors import BadInput
from tools.repository import git, git_output

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C it takes a third of the time


class Revision:
    """A commit. What it holds may be of another layout, or damaged: that ends no review.

    problems    a sentence for each file that could not be read as what it should be
    """

    def __init__(self, commit: str) -> None:
        self.commit = commit
        self.problems: list[str] = []

    @property
    def short(self) -> str:
        return self.commit[:10]  # the length of git's --short depends on the clone

    @cached_property
    def subject(self) -> str:
        return git_output("log", "-1", "--format=%s", self.commit).strip()

    def read(self, path: str) -> str | None:
        """A file's text, or None if there is no such file."""
        done = git("cat-file", "blob", f"{self.commit}:{path}")
        return None if done.returncode else done.stdout

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, without their endings."""
        listed = git_output("ls-tree", "--name-only", self.commit, f"{folder}/").splitlines()
        return [path.removeprefix(f"{folder}/").partition(".")[0] for path in listed]

    def mapping(self, path: str) -> dict[str, Any]:
        """The keys and values of a YAML or JSON file; empty if there is none or it is damaged."""
        text = self.read(path) or "{}"
        try:
            value = json.loads(text) if path.endswith(".json") else yaml.load(text, LOADER)
        except Exception as error:  # also KeyError (!!bool x) or IndexError (!!int "") from PyYAML
            self.damaged(path, str(error))
            return {}
        if not isinstance(value, dict):
            self.damaged(path, "it holds no keys with values")
        return mapping(value)

    def damaged(self, path: str, why: str) -> None:
        problem = f"{path} is damaged at {self.short}: {' '.join(why.split())[:200]}"
        if problem not in self.problems:
            self.problems.append(problem)


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def base_of(branch: str) -> Revision:
    """The commit where HEAD left `branch`; later commits of `branch` are not reviewed.

    Raises:
        BadInput: there is no such branch or commit, or not enough of the history is here.
    """
    done = git("merge-base", branch, "HEAD")
    if done.returncode:
        no_common = "no common commit; if this clone is shallow, git fetch --unshallow brings more"
        raise BadInput(f"git merge-base {branch} HEAD: {done.stderr.strip() or no_common}")
    return Revision(done.stdout.strip())
