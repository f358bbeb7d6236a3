import pytest

from tests.pipeline.workspace import Workspace


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which everything has run once. Copy it before changing it."""
    workspace = Workspace.clone(tmp_path_factory.mktemp("built") / "fer2013")
    workspace.run("dvc", "repro")
    workspace.commit("Run everything")
    return workspace
