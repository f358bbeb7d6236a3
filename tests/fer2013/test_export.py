"""The exported graph gives the same probabilities as evaluation, for every network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.inference import VIEWS, Evaluate, Predictor
from fer2013.core.sections import read_yaml
from fer2013.export.graph import add_metadata, compare, require_equal, write_onnx
from fer2013.export.quantize import quantize
from fer2013.predict.description import Description
from fer2013.predict.onnx_backend import OnnxBackend, open_session
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
SCORES = {"faces": 9, "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}
MODELS = ("basic_cnn", "compact_vit", "resnet", "sprint", "vit")  # one for each network


def untrained(model: str) -> Predictor:
    """A model of params.yaml with random weights and all views."""
    config = resolve(PARAMS, model)
    torch.manual_seed(0)
    network = networks.build(config.network).eval()
    evaluate = Evaluate(batch_size=8, views=list(VIEWS))
    return Predictor(network, config.normalize, evaluate)


def faces(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 1, 48, 48), np.uint8)


def test_there_is_a_model_for_each_network() -> None:
    assert sorted(resolve(PARAMS, model).network["name"] for model in MODELS) == networks.NAMES


@pytest.mark.parametrize("model", MODELS)
def test_the_graph_gives_the_probabilities_of_the_model(model: str, tmp_path: Path) -> None:
    predictor = untrained(model)
    path = tmp_path / "model.onnx"
    write_onnx(predictor, Description(model).as_metadata(), path)
    backend = OnnxBackend(path, threads=1)
    for count in (1, 3):
        expected = predictor.probabilities(torch.from_numpy(faces(count))).numpy()
        np.testing.assert_allclose(backend.probabilities(faces(count)), expected, atol=1e-5)


@pytest.fixture(scope="module")
def sprint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an exported model and its form of 8 bits, twice."""
    folder = tmp_path_factory.mktemp("sprint")
    for name in ("one", "two"):
        metadata = Description("sprint", SCORES, {"weights": "1f"}).as_metadata()
        write_onnx(untrained("sprint"), metadata, folder / f"{name}.onnx")
        quantize(folder / f"{name}.onnx", folder / f"{name}_int8.onnx")
    return folder


def test_the_8_bit_file_is_smaller_and_gives_similar_probabilities(sprint: Path) -> None:
    exported, smaller = sprint / "one.onnx", sprint / "one_int8.onnx"
    assert smaller.stat().st_size < exported.stat().st_size / 2
    one, other = (OnnxBackend(path, 1).probabilities(faces(20)) for path in (exported, smaller))
    assert 0 < np.abs(one - other).max() < 0.02


@pytest.mark.parametrize("form", ["", "_int8"])
def test_the_same_model_gives_the_same_bytes(sprint: Path, form: str) -> None:
    one, two = (sprint / f"{name}{form}.onnx" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("form", ["", "_int8"])
def test_the_file_has_metadata(sprint: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "copy.onnx"
    path.write_bytes((sprint / f"one{form}.onnx").read_bytes())
    add_metadata(path, {"commit": "abc"})
    description = OnnxBackend(path).description
    assert description.name == "sprint"
    assert description.scores == SCORES
    assert description.details == {"weights": "1f", "commit": "abc"}
    inputs = open_session(path, threads=1).get_inputs()
    assert [(entry.name, entry.type, entry.shape) for entry in inputs] == [
        ("faces", "tensor(uint8)", ["batch", 1, 48, 48])
    ]


def test_a_file_that_differs_from_its_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.touch()
    expected = np.eye(7, dtype=np.float32)
    for differing in (expected * 0.999, np.roll(expected, 1, axis=0)):
        with pytest.raises(BadInput, match=r"model\.onnx differs from torch by up to"):
            require_equal(compare(differing, expected, np.arange(7), path), path)


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(BadInput, match=r"damaged\.onnx cannot be opened"):
        OnnxBackend(path)
