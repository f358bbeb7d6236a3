"""The package is built, installed into a new environment, and predicts there without torch."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fer2013.predict.loading import load_model
from fer2013.predict.model import Model
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import exported, hopper, predictor  # noqa: F401  fixtures
from tools.wheel.__main__ import OURS, build, lay_out

NOT_IN_IT = ("torch", "dvc", "pydantic", "yaml", "safetensors", "PIL", "pandas")


@pytest.fixture(scope="module")
def model_folder(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The champion if it is exported, else a model that costs nothing."""
    if (REPOSITORY / "models/champion/model_int8.onnx").exists():
        return REPOSITORY / "models/champion"
    folder = tmp_path_factory.mktemp("models") / "champion"
    folder.mkdir()
    for name in ("model.onnx", "model_int8.onnx"):
        shutil.copy2(exported, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(REPOSITORY)
        source = tmp_path_factory.mktemp("source")
        lay_out(source, model_folder)
        return build(source, tmp_path_factory.mktemp("dist"))


def test_the_wheel_is_small_and_holds_what_is_needed(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.stat().st_size < OURS
    assert {
        "fer2013/predict/models/champion.onnx",
        "fer2013/predict/models/champion_int8.onnx",
        "fer2013/predict/detector/blazeface_short_range.onnx",
        "fer2013/predict/detector/LICENSE",
        "fer2013/py.typed",
    } <= names
    rooms = {name.split("/")[1] for name in names if name.startswith("fer2013/")}
    assert not rooms & {"training", "networks", "model", "scoring", "reporting", "export"}


def test_it_predicts_in_a_new_environment(
    wheel: Path,
    model_folder: Path,
    hopper: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    installed = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"its requirements cannot be installed here: {installed.stderr[-300:]}")
    for int8 in (False, True):
        command = [str(environment / "bin/fer2013"), "predict", str(hopper), "--json"]
        told = subprocess.run(
            [*command, *(["--int8"] if int8 else [])],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            check=True,
        )
        (face,) = json.loads(told.stdout)["pictures"][0]["faces"]
        name = "model_int8.onnx" if int8 else "model.onnx"
        model: Model = load_model(model_folder / name)
        (expected,) = model(hopper)
        found = list(face["probabilities"].values())
        np.testing.assert_allclose(found, list(expected.probabilities.values()), atol=1e-5)
    script = f"from fer2013 import load_model; import sys; load_model(); {CHECK}"
    subprocess.run([str(environment / "bin/python"), "-c", script], cwd=tmp_path, check=True)


CHECK = f"assert not set(sys.modules) & set({NOT_IN_IT})"
