"""A temporary clone of this working tree in which tests run DVC for real.

It has the built-in sample with few rows, one epoch for every model and, so that the tests take
minutes, the stages of two models only.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from dvc.utils.hydra import apply_overrides

from fer2013.base.sections import read_yaml
from tests.conftest import REPOSITORY

RESULTS = ("dvc.lock", "data/", "metrics/", "models/", "weights/")
MODELS = list(read_yaml(REPOSITORY / "params.yaml")["models"])
FEW_MODELS = ("resnet", "vit")
DISTINCT = [name for name in MODELS if name not in ("cnn_sgd", "wide_cnn", "vit_published")]
INHERITING = {  # the models that take their learning rate from the defaults
    model
    for model, own in read_yaml(REPOSITORY / "params.yaml")["models"].items()
    if "lr" not in own.get("optim", {})
}
MEMBERS = read_yaml(REPOSITORY / "params.yaml")["ensemble"]["members"]
TEACHERS = {
    model: own["teachers"]["models"]
    for model, own in read_yaml(REPOSITORY / "params.yaml")["models"].items()
    if own.get("teachers")
}
OF_ENSEMBLE = {"ensemble", "confusion_ensemble", "submit_ensemble"}
KINDS = ("overfit", "train", "evaluate", "confusion", "submit")


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


def without(text: str, models: Iterable[str]) -> str:
    """dvc.yaml or params.yaml without what belongs to some models."""
    for model in models:
        text = re.sub(
            rf"^  (report|teach)_{model}:.*\n(    .*\n)+\n?",
            "",
            text,
            flags=re.MULTILINE,
        )
        text = re.sub(rf"^  {model}:.*\n(    .*\n)+\n?", "", text, flags=re.MULTILINE)
        of_model = rf"^.*(_{model}: {{<<|/{model}[./]|model: {model}[,}}]).*\n"
        text = re.sub(of_model, "", text, flags=re.MULTILINE)
    return text


def members_among(models: list[str]) -> list[str]:
    """The ensemble's members where only these models are there."""
    return MEMBERS if set(MEMBERS) <= set(models) else models[: len(MEMBERS)]


def with_ensemble_of(text: str, members: int) -> str:
    """dvc.yaml with no more places in its ensemble than there are members."""
    for place in range(members, len(MEMBERS)):
        member = re.escape(f"${{ensemble.members[{place}]}}")
        text = re.sub(rf"^    - \S*{member}.*\n| {member}", "", text, flags=re.MULTILINE)
    return text


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "FER2013_RESUME_DIR": str(folder.parent / f"{folder.name}-resume"),
        }

    @classmethod
    def clone(cls, folder: Path, models: Iterable[str] = FEW_MODELS) -> "Workspace":
        """Copy the tree as it stands, committed or not, without results; make it small."""
        workspace = cls.copy_of_repository(folder)
        members = members_among(list(models))
        for name in ("dvc.yaml", "params.yaml"):
            path = folder / name
            text = without(path.read_text(), set(MODELS) - set(models))
            path.write_text(with_ensemble_of(text, len(members)))
        workspace.set(*small(models), f"ensemble.members=[{','.join(members)}]")
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
        """A copy, with warm starts if this has them."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Workspace(folder).with_path(self.environment["PATH"])

    def warm(self, commands: Path) -> "Workspace":
        """Start commands faster, where a test is not about processes: tests/warm_starts.py."""
        return self.with_path(f"{commands}:{self.environment['PATH']}")

    def cold(self) -> "Workspace":
        """Start commands as users do."""
        return self.with_path(Workspace(self.folder).environment["PATH"])

    def with_path(self, path: str) -> "Workspace":
        self.environment["PATH"] = path
        return self

    def run(self, *command: str, fails: bool = False) -> str:
        """Run a command, which must succeed (or fail), and return all that it prints."""
        result = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (result.returncode != 0) == fails, f"{' '.join(command)}:\n{result.stdout}"
        return result.stdout

    def make(self, *words: str) -> str:
        """Run make with the environment of this test instead of a .venv of its own."""
        (self.folder / ".venv").mkdir(exist_ok=True)
        (self.folder / ".venv/installed-cpu").touch()
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
