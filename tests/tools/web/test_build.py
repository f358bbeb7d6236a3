"""What is beside the page: models, what is known of them, and the runtime."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from fer2013.core import networks
from fer2013.core.constants import CLASSES
from fer2013.core.model_config import read_model_config
from fer2013.core.weights import save_weights
from fer2013.predict.loading import load_model
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools.onnx_file import write_model
from tools.web import runtime
from tools.web.__main__ import described


def test_what_is_known_is_what_metrics_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    known = described("champion")
    scores = json.loads(Path("metrics/scores/champion.json").read_text())["val"]
    assert known["accuracy"]["value"] == scores["accuracy"]
    assert known["accuracy"]["faces"] == sum(recall["faces"] for recall in known["recall"].values())
    assert list(known["recall"]) == list(CLASSES)
    assert all(
        recall["low"] < recall["value"] < recall["high"] for recall in known["recall"].values()
    )
    assert described("a model that nobody evaluated") == {}


def test_weights_are_exported_where_no_file_is(tmp_path: Path) -> None:
    """As on the server that publishes the page: there the validation faces are not."""
    folder = tmp_path / "models/vit"
    folder.mkdir(parents=True)
    shutil.copy2(REPOSITORY / "models/vit/config.yaml", folder)
    torch.manual_seed(0)
    network = networks.build(read_model_config(folder / "config.yaml").network)
    save_weights(network.state_dict(), 1, folder / "weights.safetensors")
    write_model(folder, tmp_path / "vit.onnx")
    crops = np.random.default_rng(0).integers(0, 256, (3, 48, 48), np.uint8)
    expected = load_model(folder, backend="torch").classify(crops)
    found = load_model(tmp_path / "vit.onnx", threads=1).classify(crops)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("npm", "says"),
    [
        ("", "npm is missing"),
        ("#!/bin/sh\necho no network >&2\nexit 1\n", "cannot fetch .*no network"),
        ("#!/bin/sh\n: > other.tgz\n", "another"),
    ],
)
def test_what_npm_lacks_is_said(
    npm: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if npm:
        (tmp_path / "npm").write_text(npm)
        (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match=says):
        runtime.fetch_runtime(tmp_path / "vendor")
