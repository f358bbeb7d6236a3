"""The wheel is built, installed, and predicts without torch.

tests/stress/wheel_in_new_environment.py installs it with its requirements into a new environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fer2013.export.quantize import quantize
from fer2013.predict.loading import load_model
from fer2013.predict.model import Model
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import exported, hopper, predictor  # noqa: F401  fixtures
from tools.wheel.__main__ import build, copy_sources

NOT_REQUIRED = ("torch", "dvc", "pydantic", "yaml", "safetensors", "PIL", "pandas", "onnx")
# Predicts as the command `fer2013` does, where these packages cannot be imported.
PREDICT = f"""
import sys
sys.modules.update(dict.fromkeys({NOT_REQUIRED!r}))
import fer2013
assert fer2013.__file__.startswith(sys.argv.pop(1))
from fer2013.predict.command import main
main()
"""


@pytest.fixture(scope="module")
def model_folder(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The champion if it has been exported, else a tiny model."""
    if (REPOSITORY / "models/champion/model_int8.onnx").exists():
        return REPOSITORY / "models/champion"
    folder = tmp_path_factory.mktemp("models") / "champion"
    folder.mkdir()
    (folder / "config.yaml").touch()
    shutil.copy2(exported, folder / "model.onnx")
    quantize(exported, folder / "model_int8.onnx")
    return folder


@pytest.fixture(scope="module")
def wheel(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        source = tmp_path_factory.mktemp("source")
        copy_sources(source, model_folder)
        return build(source, tmp_path_factory.mktemp("dist"))


def test_the_wheel_is_small_and_has_the_needed_files(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.stat().st_size < 15_000_000
    assert {
        "fer2013/predict/models/champion.onnx",
        "fer2013/predict/models/champion_int8.onnx",
        "fer2013/predict/detector/blazeface_short_range.onnx",
        "fer2013/predict/detector/LICENSE",
        "fer2013/py.typed",
    } <= names
    rooms = {name.split("/")[1] for name in names if name.startswith("fer2013/")}
    assert not rooms & {"training", "networks", "model", "scoring", "reporting", "export"}


def test_it_predicts_without_torch(
    wheel: Path,
    model_folder: Path,
    hopper: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)  # which is how pip installs pure Python
    for name, options in (("model.onnx", []), ("model_int8.onnx", ["--int8"])):
        command = [sys.executable, "-c", PREDICT, str(site), "predict", str(hopper), "--json"]
        done = subprocess.run(
            [*command, *options],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(site)},
            stdout=subprocess.PIPE,
            check=True,
        )
        (face,) = json.loads(done.stdout)["pictures"][0]["faces"]
        model: Model = load_model(model_folder / name)
        (expected,) = model(hopper)
        found = list(face["probabilities"].values())
        np.testing.assert_allclose(found, list(expected.probabilities.values()), atol=1e-5)


def test_it_requires_the_packages_that_it_imports(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
    required = re.findall("^Requires-Dist: ([\\w-]+)", archive.read(metadata).decode(), re.M)
    assert {*required} == {"numpy", "onnxruntime", "opencv-python-headless"}
