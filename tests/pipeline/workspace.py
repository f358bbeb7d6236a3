"""A temporary clone of this working tree in which tests run DVC for real.

It has the built-in sample with few rows, one epoch for every model and, so that the tests take
minutes, the stages of two models only.
"""

import copy
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import modify_yaml

from fer2013.core.config import own_values
from fer2013.core.sections import read_yaml
from tests.conftest import REPOSITORY

TOO_LONG = 600  # seconds: then a command hangs
RESULTS = ("dvc.lock", "data/", "metrics/", "models/", "weights/")
PARAMS = read_yaml(REPOSITORY / "params.yaml")
MODELS = list(PARAMS["models"])
STATED = {
    model: own_values(PARAMS["models"], model) for model in MODELS
}  # with those they are like
FEW_MODELS = ("resnet", "vit")
DISTINCT = ("resnet", "vit", "mentor", "champion")
INHERITING = {  # the models that take their learning rate from the defaults
    model for model, own in STATED.items() if "lr" not in own.get("optim", {})
}
TEACHERS = {
    model: own["teachers"]["models"] for model, own in STATED.items() if own.get("teachers")
}
KINDS = ("train", "evaluate")
EXPORTED = ("champion", "sprint", "compact_vit")  # of which the page and the wheel are made


def small(models: Iterable[str]) -> list[str]:
    """Overrides of params.yaml: the sample, few rows, one epoch, one thread beside other tests."""
    return [
        "data.folder=data/sample",
        "sample.rows=160",
        "sample.test_rows=20",
        "overfit.epochs=5",
        "train.epochs=1",
        "train.threads=1",
        *(f"++models.{model}.train.epochs=1" for model in models if model not in INHERITING),
    ]


def members_among(models: Iterable[str]) -> list[str]:
    """The ensemble's members where only these models are there."""
    members = PARAMS["ensemble"]["members"]
    return members if set(members) <= set(models) else list(models)[: len(members)]


def keep_models(folder: Path, models: Iterable[str]) -> None:
    """Take what belongs to all other models out of params.yaml and dvc.yaml."""
    dropped = set(MODELS) - set(models)

    with modify_yaml(folder / "params.yaml") as params:
        kept = [model for model in MODELS if model not in dropped]
        params["models"] = {model: copy.deepcopy(STATED[model]) for model in kept}
    with modify_yaml(folder / "dvc.yaml") as pipeline:
        stages = pipeline["stages"]
        for name in [name for name in stages if name.partition("_")[2] in dropped]:
            del stages[name]
        outs = stages["configure"]["outs"]
        filter_list(outs, lambda out: Path(next(iter(out))).parent.name not in dropped)


def keep_members(folder: Path, count: int) -> None:
    """Give the ensemble in dvc.yaml no more places than that."""
    with modify_yaml(folder / "dvc.yaml") as pipeline:
        ensemble = pipeline["stages"]["ensemble"]
        total = len(PARAMS["ensemble"]["members"])
        gone = [f"${{ensemble.members[{index}]}}" for index in range(count, total)]
        ensemble["cmd"] = " ".join(word for word in ensemble["cmd"].split() if word not in gone)
        filter_list(ensemble["deps"], lambda dep: not any(member in dep for member in gone))


def filter_list(items: list[Any], keep: Callable[[Any], bool]) -> None:
    for index in reversed(range(len(items))):
        if not keep(items[index]):
            del items[index]


def lend_packages(folder: Path) -> None:
    """Give a clone a .venv with this Python's packages, so that make installs nothing."""
    venv = folder / ".venv"
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        packages = next(venv.glob("lib/python*/site-packages"))
        (packages / "of_this_test.pth").write_text(sysconfig.get_path("purelib") + "\n")
        (packages / "pip").mkdir()
        (packages / "pip/__init__.py").touch()
    (venv / "installed-cpu").touch()


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        of_make_test = ("MAKEFLAGS", "MAKELEVEL")  # they would have make print more than it does
        own = {name: value for name, value in os.environ.items() if name not in of_make_test}
        self.environment = own | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "FER2013_RESUME_DIR": str(folder.parent / f"{folder.name}-resume"),
        }

    @classmethod
    def clone(cls, folder: Path, models: Iterable[str] = FEW_MODELS) -> "Workspace":
        """Copy the tree as it stands, committed or not, without results; make it small."""
        workspace = cls.copy_of_repository(folder)
        members = members_among(models)
        keep_models(folder, models)
        keep_members(folder, len(members))
        workspace.set(
            *small(models), f"ensemble.members=[{','.join(members)}]", "ensemble.weights=null"
        )
        workspace.commit("Start")
        return workspace

    @classmethod
    def copy_of_repository(cls, folder: Path) -> "Workspace":
        names = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for name in names:
            source, target = REPOSITORY / name, folder / name
            if source.exists() and not name.startswith(RESULTS):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        workspace = cls(folder)
        workspace.run("git", "init", "--quiet", "--initial-branch=main")
        workspace.run("git", "config", "user.name", "test")
        workspace.run("git", "config", "user.email", "test@localhost")
        return workspace

    def copy(self, folder: Path) -> "Workspace":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder)

    def run(self, *command: str, fails: bool = False) -> str:
        """Run a command, which must succeed (or fail), and return all that it prints.

        It prints into a file: what it leaves in the background would keep a pipe open.
        """
        with TemporaryFile("w+", errors="replace") as output:
            code = subprocess.run(
                command,
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=TOO_LONG,
            ).returncode
            output.seek(0)
            printed = output.read()
        assert (code != 0) == fails, f"{' '.join(command)}:\n{printed}"
        return printed

    def make(self, *words: str) -> str:
        """Run make with the environment of this test instead of a .venv of its own."""
        lend_packages(self.folder)
        return self.run("make", *words)

    def ran(self, *command: str) -> set[str]:
        """Run a DVC command and return the stages whose commands it executed."""
        return set(re.findall(r"^Running stage '(.+)':", self.run(*command), re.MULTILINE))

    def set(self, *overrides: str) -> None:
        """What `dvc exp run -S` does to params.yaml."""
        apply_overrides(self.folder / "params.yaml", list(overrides))

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--allow-empty", "-m", message)

    def bytes_of(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def resume_files(self) -> list[Path]:
        return list(Path(self.environment["FER2013_RESUME_DIR"]).glob("*.pt"))
