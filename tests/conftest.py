"""Fixtures for all tests, and the order of the test files."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared" / "fer2013"

# A shell has background jobs ignore Ctrl-C, and they pass that on to all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

LONGEST = ("test_readme.py", "test_what_changed.py", "test_cluster.py", "test_review.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker is left alone with one at the end."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def shared_by_workers(
    tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]
) -> Path:
    """Build a folder in the first worker process that needs it; the others wait for it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / name / "fer2013"
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            unfinished = root / f"{name}-unfinished" / "fer2013"
            build(unfinished)
            unfinished.parent.rename(folder.parent)
    return folder


@pytest.fixture(scope="session")
def real_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with FER2013's train.csv and test.csv, where the packed data is at hand."""
    maker = SHARED / "make_csv.py"
    if not maker.exists():
        pytest.skip("needs FER2013, which may not be passed on: no ../shared/fer2013 here")

    def build(folder: Path) -> None:
        folder.mkdir(parents=True)
        subprocess.run([sys.executable, str(maker), str(folder)], check=True)

    return shared_by_workers(tmp_path_factory, "csv", build)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def in_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the repository's params.yaml, as current folder."""
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
