import pytest

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.sections import read_models, read_yaml
from fer2013.reporting.cost import multiply_adds, parameters, pflop_of_training
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
NETWORKS = {model: resolve(PARAMS, model).network for model in read_models(PARAMS)}
# By hand: side² × in × out × 9 for a convolution, in × out for a linear layer.
CNN = 2304 * 9 * 32 + 576 * 9 * 32 * 64 + 144 * 9 * 64 * 128 + 4608 * 256 + 256 * 7
RESNET = (
    2304 * 9 * (32 + 4 * 32 * 32)
    + 576 * (9 * (32 * 64 + 3 * 64 * 64) + 32 * 64)
    + 144 * (9 * (64 * 128 + 3 * 128 * 128) + 64 * 128)
    + 128 * 7
)
VIT = 36 * 64 * 64 + 4 * 37 * (4 * 64 * 64 + 2 * 64 * 256) + 64 * 32 + 32 * 7


def separable(before: int, channels: int) -> int:
    """Multiply-adds of a pixel: each channel by itself, then across channels."""
    return 9 * before + before * channels


SPRINT = (  # its shortcuts are 1×1 convolutions
    576 * (25 * 32 + 2 * separable(32, 32))
    + 144 * (separable(32, 96) + 3 * separable(96, 96) + 32 * 96)
    + 36 * (separable(96, 192) + 3 * separable(192, 192) + 96 * 192)
    + 2 * 192 * 7
)


@pytest.mark.parametrize(
    ("model", "expected"), [("cnn_adam", CNN), ("resnet", RESNET), ("vit", VIT), ("sprint", SPRINT)]
)
def test_multiply_adds_are_those_of_convolutions_and_linear_layers(
    model: str, expected: int
) -> None:
    assert multiply_adds(networks.build(NETWORKS[model])) == expected


def test_counting_leaves_the_network_alone() -> None:
    network = networks.build(NETWORKS["vit"]).eval()
    assert parameters(network) == 208_967
    multiply_adds(network)
    assert parameters(network) == 208_967


def test_the_published_resnet_spends_1_7_pflop() -> None:
    network = networks.build(NETWORKS["resnet"])
    assert pflop_of_training(network, 48 * 25_838) == pytest.approx(1.76, abs=0.01)


def test_teachers_see_each_face_forwards_only() -> None:
    student, teacher = (networks.build(NETWORKS[model]) for model in ("vit", "resnet"))
    pflop = pflop_of_training(student, 2000, [teacher])
    expected = 3 * VIT + RESNET  # a backward pass costs twice a forward one
    assert pflop == pytest.approx(2 * 2 * expected * 1000 / 1e15, rel=1e-12)
