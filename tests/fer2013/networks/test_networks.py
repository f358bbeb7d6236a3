"""The same tests for each network of params.yaml."""

from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.sections import read_models, read_yaml
from fer2013.reporting.cost import multiply_adds
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
NETWORKS = {model: resolve(PARAMS, model).network for model in read_models(PARAMS)}
# Counted by hand, layer by layer, from the published description.
RESNET = 352 + 37_120 + (57_728 + 73_984) + (230_144 + 295_424) + 903
VIT = 4_160 + 64 + 2_368 + 4 * 49_984 + 128 + (2_080 + 231)
CNN = (320 + 64) + (18_496 + 128) + (73_856 + 256) + 1_179_904 + 1_799
WIDE = (640 + 128) + (73_856 + 256) + (295_168 + 512) + 4_719_104 + 3_591
IMPROVED_BLOCKS = (640 + 36_928 + 256) + (73_856 + 147_584 + 512) + (295_168 + 590_080 + 1_024)


PARAMETERS = {
    "resnet": RESNET,
    "cnn_adam": CNN,
    "wide_cnn": WIDE,
    "improved_cnn": IMPROVED_BLOCKS + 9_438_208 + 524_800 + 3_591,
    "basic_cnn": CNN + 512,
    "vit": VIT,
}
# The published layers, in the published order; a number is a width, or else what is dropped out.
LAYERS = {
    "cnn_adam": "conv32 relu bn pool conv64 relu bn pool conv128 relu bn pool "
    "flatten drop.5 fc256 relu drop.3 fc7",
    "wide_cnn": "conv64 bn relu pool conv128 bn relu pool conv256 bn relu pool "
    "flatten drop.5 fc512 relu drop.5 fc7",
    "improved_cnn": "conv64 bn relu conv64 bn relu pool conv128 bn relu conv128 bn relu pool "
    "conv256 bn relu conv256 bn relu pool "
    "flatten drop.4 fc1024 relu drop.4 fc512 relu drop.4 fc7",
    "basic_cnn": "conv32 bn relu pool drop.25 conv64 bn relu pool drop.25 "
    "conv128 bn relu pool drop.25 flatten fc256 bn relu drop.5 fc7",
}


def network_of(model: str) -> nn.Module:
    torch.manual_seed(0)
    return networks.build(NETWORKS[model])


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.randn(4, 1, 48, 48, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("model", NETWORKS)
def test_forward_and_backward(model: str, faces: torch.Tensor) -> None:
    network = network_of(model)
    logits = network(faces)
    assert logits.shape == (4, 7)
    assert logits.isfinite().all()
    nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 3])).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("model", NETWORKS)
def test_a_face_is_judged_by_itself_in_eval_mode(model: str, faces: torch.Tensor) -> None:
    network = network_of(model).eval()
    with torch.no_grad():
        together = network(faces)
        alone = torch.cat([network(face.unsqueeze(0)) for face in faces])
    assert torch.allclose(together, alone, atol=1e-5)
    assert not torch.allclose(together[0], together[1])


@pytest.mark.parametrize(("model", "count"), PARAMETERS.items(), ids=PARAMETERS.keys())
def test_parameter_count(model: str, count: int) -> None:
    assert sum(p.numel() for p in network_of(model).parameters()) == count


def shapes_of(layers: nn.Module, network: nn.Module, faces: torch.Tensor) -> list[Any]:
    """What comes out of each layer, without the batch."""
    shapes: list[tuple[int, ...]] = []
    for layer in layers.children():
        layer.register_forward_hook(lambda *a: shapes.append(tuple(a[2].shape[1:])))
    network(faces)
    return shapes


def test_resnet_is_laid_out_as_published(faces: torch.Tensor) -> None:
    network: Any = network_of("resnet")
    expected = [(32, 48, 48)] * 2 + [(64, 24, 24)] * 2 + [(128, 12, 12)] * 2
    assert shapes_of(network.layers, network, faces) == expected
    with_shortcut = [len(block.shortcut) > 0 for block in network.layers]
    assert with_shortcut == [False, False, True, False, True, False]


def in_short(layer: nn.Module) -> str:
    match layer:
        case nn.Conv2d():
            assert (layer.kernel_size, layer.stride, layer.padding) == ((3, 3), (1, 1), (1, 1))
            return f"conv{layer.out_channels}"
        case nn.Linear():
            return f"fc{layer.out_features}"
        case nn.Dropout():
            return f"drop{layer.p}".replace("0.", ".")
        case nn.MaxPool2d():
            assert layer.kernel_size == 2
            return "pool"
    names = {nn.ReLU: "relu", nn.BatchNorm2d: "bn", nn.BatchNorm1d: "bn", nn.Flatten: "flatten"}
    return names[type(layer)]


@pytest.mark.parametrize(("model", "layers"), LAYERS.items(), ids=LAYERS.keys())
def test_cnns_are_laid_out_as_published(model: str, layers: str) -> None:
    leaves = [layer for layer in network_of(model).modules() if not list(layer.children())]
    assert " ".join(map(in_short, leaves)) == layers


WRONG = {
    "one probability too few": ({"dropout": [0.5]}, "dropout has 1 values; it needs one for each"),
    "too many halvings": ({"channels": [8] * 5}, "cannot be halved 5 times"),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_cnn_that_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        networks.check_options(NETWORKS["cnn_adam"] | change)


def test_vit_cuts_patches_in_reading_order() -> None:
    network: Any = network_of("vit")
    rows, columns = torch.meshgrid(torch.arange(48), torch.arange(48), indexing="ij")
    patch_number = (rows // 8 * 6 + columns // 8).float().reshape(1, 1, 48, 48)
    patches = network.patches(patch_number)
    assert patches.shape == (1, 36, 64)
    assert torch.equal(patches[0], torch.arange(36.0).unsqueeze(1).expand(36, 64))
    pixel_number = (rows % 8 * 8 + columns % 8).float().reshape(1, 1, 48, 48)
    assert torch.equal(network.patches(pixel_number)[0, 7], torch.arange(64.0))


def test_separable_resnet_leaves_the_full_size_at_once(faces: torch.Tensor) -> None:
    network: Any = network_of("sprint")
    widths = [32, 96, 96, 192, 192]
    assert shapes_of(network.layers, network, faces) == [
        (width, side, side) for width, side in zip(widths, [24, 12, 12, 6, 6], strict=True)
    ]
    assert [len(block.shortcut) > 0 for block in network.layers] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_separable_convolutions_take_a_seventh_of_the_arithmetic() -> None:
    separable, full = (
        networks.build(NETWORKS["sprint"] | {"convolution": kind}) for kind in ("separable", "full")
    )
    assert multiply_adds(full) > 5 * multiply_adds(separable)


def test_squeeze_weighs_each_face_and_channel() -> None:
    network: Any = network_of("mentor")
    excite = network.layers[0].excite
    x = torch.randn(4, 64, 24, 24)
    weights = (excite(x) / x).mean(dim=(2, 3))  # [4, 64]
    torch.testing.assert_close(excite(x), x * weights.unsqueeze(2).unsqueeze(3))
    hidden = torch.nn.functional.silu(excite.down(x.mean(dim=(2, 3))))
    torch.testing.assert_close(weights, 2 * torch.sigmoid(excite.up(hidden)))
    assert weights.std(dim=0).min() > 0
    assert abs(float(weights.detach().mean()) - 1) < 0.1  # it starts as if it were not there


def test_a_squeeze_that_leaves_no_channel_is_refused() -> None:
    with pytest.raises(ValueError, match="squeeze 65 leaves none of 64 channels"):
        networks.check_options(NETWORKS["mentor"] | {"squeeze": 65})


def test_separable_resnet_classifies_by_mean_and_maximum() -> None:
    network: Any = network_of("sprint")
    network.layers = nn.Identity()
    network.stem = nn.Identity()
    faces = torch.zeros(2, 192, 6, 6)
    faces[:, :, 2, 3] = 36.0  # SiLU leaves it so
    means, maxima = network.head.weight.chunk(2, dim=1)  # [7, 384] → [7, 192] twice
    expected = network.head.bias + means.sum(dim=1) + 36 * maxima.sum(dim=1)
    assert torch.allclose(network.eval()(faces)[0], expected, atol=1e-4)


def test_a_depthwise_convolution_with_a_stride_is_not_rounded(faces: torch.Tensor) -> None:
    network: Any = network_of("sprint")
    depthwise = [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.groups > 1]
    types: list[tuple[bool, torch.dtype]] = []
    for convolution in depthwise:
        convolution.register_forward_hook(lambda m, _, y: types.append((m.stride[0] > 1, y.dtype)))
    with torch.autocast("cpu", torch.bfloat16):
        network(faces)
    assert set(types) == {(True, torch.float32), (False, torch.bfloat16)}


def test_compact_vit_pools_its_tokens_by_how_much_they_count(faces: torch.Tensor) -> None:
    network: Any = network_of("compact_vit").eval()
    assert shapes_of(network.blocks, network, faces) == [
        (64, 24, 24),
        (192, 12, 12),
        (192, 12, 12),
        (256, 6, 6),
    ]
    tokens: list[torch.Tensor] = []
    network.norm.register_forward_hook(lambda *a: tokens.append(a[2]))
    logits = network(faces)
    shares = torch.softmax(tokens[0] @ network.score.weight[0], dim=1)  # [B, 36, D] → [B, 36]
    pooled = torch.einsum("bt,btd->bd", shares, tokens[0])
    assert torch.allclose(network.head(pooled), logits, atol=1e-5)


@pytest.mark.parametrize(("model", "layers"), [("vit", "blocks"), ("compact_vit", "layers")])
def test_transformer_layers_start_with_different_weights(model: str, layers: str) -> None:
    network: Any = network_of(model)
    first, second, *_ = getattr(network, layers)
    assert not torch.equal(first.linear1.weight, second.linear1.weight)
