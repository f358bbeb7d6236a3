from pathlib import Path

import pytest

from tests.pipeline.conftest import shared_by_workers, warm_starts
from tests.pipeline.workspace import Workspace
from tests.tools.review.scratch import build

__all__ = ["scratch", "warm_starts"]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory, warm_starts: Path) -> Workspace:
    """Main and its branches. Clone it before changing it."""
    return shared_by_workers(tmp_path_factory, "scratch", build).warm(warm_starts)
