import pytest

from tests.conftest import shared_by_workers
from tests.pipeline.workspace import Workspace
from tests.tools.review.scratch import build


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Main and its branches. Clone it before changing it."""
    return Workspace(shared_by_workers(tmp_path_factory, "scratch", build))
