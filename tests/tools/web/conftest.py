"""The page with two models that cost nothing, on a web server as static hosts are, below a path."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core.inference import Evaluate, Face, Predictor
from fer2013.export.graph import write_onnx
from fer2013.predict.description import Description
from fer2013.predict.loading import load_model
from fer2013.predict.model import Model
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import exported, hopper, predictor  # noqa: F401  fixtures
from tools.web.__main__ import build

FIRST, SECOND = "champion", "sprint"  # under whose names the models stand, for metrics/ knows these


@pytest.fixture(scope="session")
def models(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder with a folder of each model."""
    folder = tmp_path_factory.mktemp("web") / "models"
    for name in (FIRST, SECOND):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.yaml").touch()
    shutil.copy2(exported, folder / FIRST / "model.onnx")
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    other = Predictor(network, Face(name="face"), Evaluate(batch_size=8, views=["plain"]))
    known = Description(SECOND).as_metadata()
    write_onnx(other, known, folder / SECOND / "model.onnx")
    return folder


@pytest.fixture(scope="session")
def in_python(models: Path) -> dict[str, Model]:
    return {name: load_model(models / name, threads=1) for name in (FIRST, SECOND)}


@pytest.fixture(scope="session")
def site(models: Path) -> Path:
    target = models.parent / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        try:
            build(target, [models / FIRST, models / SECOND])
        except BadInput as error:
            if "npm" not in str(error):
                raise
            pytest.skip(str(error))
    return target


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/site/"
    server.shutdown()
    thread.join()
    server.server_close()
