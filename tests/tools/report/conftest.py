import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from tests.tools.report.made_up import make_up
from tools.report.page import page
from tools.report.results import read


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with made-up results. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("results")
    shutil.copy(REPOSITORY / "params.yaml", folder)
    (folder / "benchmarks").mkdir()
    shutil.copy(REPOSITORY / "benchmarks/published.csv", folder / "benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_up(np.random.default_rng(0))
    return folder


@pytest.fixture
def in_results(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it as current folder."""
    folder = shutil.copytree(made, tmp_path / "results")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def written(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the made-up results."""
    target = tmp_path_factory.mktemp("page") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        target.write_text(page(read(faces=True)), encoding="utf-8")
    return target
