"""The exported graph gives the same probabilities as evaluation, for every network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.inference import VIEWS, Evaluate, Predictor
from fer2013.core.normalization import Face
from fer2013.core.sections import read_yaml
from fer2013.export.graph import Views, add_metadata, write_onnx
from fer2013.export.quantize import quantize
from fer2013.predict.description import Description
from fer2013.predict.onnx_backend import OnnxBackend, open_session
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
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


def test_views_equal_those_of_evaluation() -> None:
    grey = torch.from_numpy(faces(3)).float() / 255
    expected = torch.cat([view(grey) for view in VIEWS.values()])
    found = Views(list(VIEWS))(torch.from_numpy(faces(3)))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


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


def test_the_8_bit_file_is_smaller_and_gives_similar_probabilities(tmp_path: Path) -> None:
    predictor = untrained("sprint")
    exported, smaller = tmp_path / "model.onnx", tmp_path / "model_int8.onnx"
    write_onnx(predictor, Description("sprint").as_metadata(), exported)
    quantize(exported, smaller)
    assert smaller.stat().st_size < exported.stat().st_size / 2
    backend = OnnxBackend(smaller, threads=1)
    assert backend.description.name == "sprint"
    expected = predictor.probabilities(torch.from_numpy(faces(20))).numpy()
    assert np.abs(backend.probabilities(faces(20)) - expected).max() < 0.02


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.onnx", "two.onnx"):
        write_onnx(untrained("sprint"), Description("sprint").as_metadata(), tmp_path / name)
        quantize(tmp_path / name, tmp_path / f"8_{name}")
    for name in ("", "8_"):
        one, two = (tmp_path / f"{name}{which}.onnx" for which in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_the_file_has_metadata(exported_linear: Path) -> None:
    scores = {"faces": 9, "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6}
    add_metadata(exported_linear, Description("tiny", scores, {"weights": "1f"}).as_metadata())
    add_metadata(exported_linear, {"commit": "abc"})
    description = OnnxBackend(exported_linear).description
    assert description.name == "tiny"
    assert description.scores == scores
    assert description.details == {"weights": "1f", "commit": "abc"}
    inputs = open_session(exported_linear, threads=1).get_inputs()
    assert [(entry.name, entry.type, entry.shape) for entry in inputs] == [
        ("faces", "tensor(uint8)", ["batch", 1, 48, 48])
    ]


@pytest.fixture
def exported_linear(tmp_path: Path) -> Path:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48 * 48, 7))
    evaluate = Evaluate(batch_size=8, views=["plain"])
    path = tmp_path / "linear.onnx"
    write_onnx(
        Predictor(network, Face(name="face"), evaluate), Description("x").as_metadata(), path
    )
    return path


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(BadInput, match=r"damaged\.onnx cannot be opened"):
        OnnxBackend(path)
