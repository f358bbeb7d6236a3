from pathlib import Path

import pytest
from dvc.utils.serialize import modify_yaml

from tests.conftest import shared_by_workers
from tests.pipeline import stand_in
from tests.pipeline.workspace import DISTINCT, Workspace


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of two models in which everything has run once. Copy it before changing it."""

    def build(folder: Path) -> None:
        workspace = Workspace.clone(folder)
        workspace.run("dvc", "repro")
        workspace.commit("Run everything")

    return Workspace(shared_by_workers(tmp_path_factory, "built", build))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of more models in which everything has run once, with stand-ins for models.

    Left out are models whose lines in dvc.yaml are like another's; test_dvc_yaml.py sees to that.
    """
    workspace = Workspace.clone(tmp_path_factory.mktemp("quick") / "fer2013", DISTINCT)
    with modify_yaml(workspace.folder / "dvc.yaml") as pipeline:
        for name, stage in pipeline["stages"].items():
            if name not in stand_in.REAL:
                stage["cmd"] = stage["cmd"].replace("-m stages.", f"-m {stand_in.__name__} ")
    workspace.run("dvc", "repro")
    workspace.commit("Run everything")
    return workspace
