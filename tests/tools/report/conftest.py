import shutil
from pathlib import Path

import numpy as np
import pytest

from fer2013.core.sections import PARAMS
from tests.conftest import REPOSITORY
from tests.tools.report.made_up import make_up
from tools.report.__main__ import PAGE
from tools.report.page import page
from tools.report.state import read_state


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with made-up results. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("results")
    shutil.copy(REPOSITORY / PARAMS, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_up(np.random.default_rng(0))
    return folder


@pytest.fixture
def in_results(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it as current folder."""
    folder = shutil.copytree(results, tmp_path / "results")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def written(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the made-up results."""
    target = tmp_path_factory.mktemp("page") / PAGE
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(results)
        target.write_text(page(read_state(faces=True)), encoding="utf-8")
    return target
