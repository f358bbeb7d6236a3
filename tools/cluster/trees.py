"""The jobs' work trees, and how one takes over what another has made.

A run's folder is .dvc/tmp/cluster/<run> in the repository:

    plan.json       which job has which stages
    code/           a clone at the run's commit, whose tools.cluster the jobs run
    trees/<job>/    where a job works; `results` is a git worktree on the branch cluster/<run>
    logs/<job>.log  what it printed
    turns/          see turns.py
    done            what to do next, once all is done
"""

import shutil
import subprocess
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from dvc.config import Config
from dvc.utils.serialize import dump_yaml

from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write
from tools.cluster.plan import RESULTS, Job, Plan

FOLDER = Path(".dvc/tmp/cluster")
LOCK = "dvc.lock"


class Run:
    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @cached_property
    def plan(self) -> Plan:
        return Plan.read(self.folder / "plan.json")

    @property
    def branch(self) -> str:
        return f"cluster/{self.folder.name}"

    @property
    def code(self) -> Path:
        return self.folder / "code"

    @property
    def trees(self) -> Path:
        return self.folder / "trees"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def done(self) -> Path:
        """A file that appears when all is done; it says what to do then."""
        return self.folder / "done"

    def clone(self, target: Path) -> None:
        """Clone the repository at the run's commit; git's objects are not copied."""
        own = ["--config", "core.hooksPath=/dev/null"]  # the user's hooks are for the user's tree
        git("clone", "--quiet", "--shared", "--no-checkout", *own, self.plan.repository, target)
        git("-C", target, "checkout", "--quiet", "--detach", self.plan.commit)

    def fresh_tree(self, job: str) -> Path:
        """Make a job's tree anew: a job that was killed may have left it in any state."""
        tree = self.trees / job
        shutil.rmtree(tree, ignore_errors=True)
        if job == RESULTS:
            repository = self.plan.repository
            git("-C", repository, "worktree", "prune")
            add = ("worktree", "add", "--quiet", "--force", "-B", self.branch)
            git("-C", repository, *add, tree, self.plan.commit)
        else:
            self.clone(tree)
        self._share_cache(tree)
        return tree

    def _share_cache(self, tree: Path) -> None:
        """Use the repository's cache, and its own settings, of remotes for instance."""
        settings = Path(self.plan.repository) / ".dvc/config.local"
        if settings.exists():
            shutil.copy(settings, tree / ".dvc")
        with Config(str(tree / ".dvc")).edit("local") as config:
            config["cache"]["dir"] = self.plan.cache
            config["cache"].setdefault("type", ["reflink", "hardlink", "copy"])

    def take_over(self, tree: Path, jobs: list[Job]) -> None:
        """Bring what these jobs have made into a tree, except what is in DVC's cache.

        Those are the stages' entries of dvc.lock, and the outputs that DVC leaves to git.
        """
        entries: dict[str, Any] = {}
        for job in jobs:
            source = self.trees / job.name
            made = read_lock(source)
            for stage in job.stages:
                if stage in made:  # a .dvc file has no entry
                    entries[stage] = made[stage]
                for path in self.plan.in_git[stage]:
                    copy(source / path, tree / path)
        before = read_lock(tree)
        write_lock(tree, sort(before | entries, [*before], self.plan.order))

    def sort_lock(self, tree: Path) -> None:
        """Sort a dvc.lock as `dvc repro` would have left it."""
        entries, committed = read_lock(tree), read_lock(self.code)
        in_order = sort(entries, [*committed], self.plan.order)
        if [*in_order] != [*entries]:
            write_lock(tree, in_order)


def new_run(plan: Plan) -> Run:
    """Make a run's folder, with its plan and a clone of the code at its commit."""
    run = Run(FOLDER / time.strftime("%Y%m%d-%H%M%S"))
    run.logs.mkdir(parents=True)
    plan.write(run.folder / "plan.json")
    run.clone(run.code)
    return run


def sort(entries: dict[str, Any], first: list[str], then: list[str]) -> dict[str, Any]:
    """Sort entries as DVC does: known ones keep their places, new ones follow as they have run."""
    names = [*dict.fromkeys([*first, *then, *entries])]
    return {name: entries[name] for name in names if name in entries}


def read_lock(tree: Path) -> dict[str, Any]:
    """The entries of a tree's dvc.lock, by stage."""
    path = tree / LOCK
    if not path.exists():
        return {}
    # The same as read_yaml, by libyaml, which is several times as fast.
    content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
    entries: dict[str, Any] = content.get("stages") or {}
    return entries


def write_lock(tree: Path, entries: dict[str, Any]) -> None:
    with atomic_write(tree / LOCK) as tmp:
        dump_yaml(tmp, {"schema": "2.0", "stages": entries})


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.exists():
        raise BadInput(f"{source} is missing, which its job should have made; see its log.")
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def git(*words: str | Path) -> None:
    subprocess.run(["git", *map(str, words)], check=True)
