import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.pipeline import stand_in
from tests.pipeline.workspace import DISTINCT, Workspace
from tests.warm_starts import server


@pytest.fixture(scope="session")
def warm_starts() -> Iterator[Path]:
    """A folder of commands that start faster."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as commands:
        yield commands


def shared_by_workers(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Workspace]
) -> Workspace:
    """Build a workspace in the first worker process that needs it; the others wait for it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / name / "fer2013"
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            workspace = build(root / f"{name}-unfinished" / "fer2013")
            workspace.folder.parent.rename(folder.parent)
    return Workspace(folder)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, warm_starts: Path) -> Workspace:
    """A workspace of two models in which everything has run once. Copy it before changing it."""

    def build(folder: Path) -> Workspace:
        workspace = Workspace.clone(folder).warm(warm_starts)
        workspace.run("dvc", "repro")
        workspace.commit("Run everything")
        return workspace

    return shared_by_workers(tmp_path_factory, "built", build).warm(warm_starts)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory, warm_starts: Path) -> Workspace:
    """A workspace of most models in which everything has run once, with stand-ins for models.

    Left out are models whose lines in dvc.yaml are like another's; test_dvc_yaml.py sees to that.

    DVC rewrites dvc.lock after each stage, which takes longer the more it holds. So here the stages
    do not list the code that all models share; test_dvc_yaml.py checks those lists.
    """
    root = tmp_path_factory.mktemp("quick")
    stand_in.install(root / "bin")
    workspace = Workspace.clone(root / "fer2013", DISTINCT).warm(warm_starts)
    pipeline = workspace.folder / "dvc.yaml"
    shared_code = r"^    - fer2013/(?!networks/\$|networks\n).*\n"
    pipeline.write_text(re.sub(shared_code, "", pipeline.read_text(), flags=re.MULTILINE))
    workspace.environment["PATH"] = f"{root / 'bin'}:{workspace.environment['PATH']}"
    workspace.run("dvc", "repro")
    workspace.commit("Run everything")
    return workspace
