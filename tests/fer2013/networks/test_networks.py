"""The same tests for each network of params.yaml, and what is special about each."""

from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.sections import read_models
from fer2013.reporting.cost import multiply_adds
from tests.fer2013.core.made_up import PARAMS

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
# What comes out of the residual blocks: channels and side.
BLOCKS = {
    "resnet": [(32, 48)] * 2 + [(64, 24)] * 2 + [(128, 12)] * 2,
    "sprint": [(32, 24), (96, 12), (96, 12), (192, 6), (192, 6)],
    "compact_vit": [(64, 24), (192, 12), (192, 12), (256, 6)],
}


def network_of(model: str) -> Any:
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


@pytest.mark.parametrize(("model", "expected"), BLOCKS.items(), ids=BLOCKS.keys())
def test_blocks_have_these_channels_and_sides(
    model: str, expected: list[tuple[int, int]], faces: torch.Tensor
) -> None:
    network, found = network_of(model), []
    blocks = list((network.blocks if model == "compact_vit" else network.layers).children())
    for block in blocks:
        block.register_forward_hook(lambda *called: found.append(tuple(called[2].shape[1:3])))
    network(faces)
    assert found == expected
    changed = [before != after for before, after in zip(found[:1] + found, found, strict=False)]
    assert [len(block.shortcut) > 0 for block in blocks] == changed


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


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("cnn_adam", {"dropout": [0.5]}, "dropout has 1 values; it needs one for each"),
    ("cnn_adam", {"channels": [8] * 5}, "cannot be halved 5 times"),
    ("vit", {"heads": 5}, "dim 64 is no multiple of 5 heads"),
    ("sprint", {"blocks": [1]}, "channels need as many blocks, not 1"),
]


@pytest.mark.parametrize(("model", "change", "message"), WRONG)
def test_options_that_do_not_fit_are_refused(
    model: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        networks.check_options(NETWORKS[model] | change)


def test_vit_cuts_patches_in_reading_order() -> None:
    rows, columns = torch.meshgrid(torch.arange(48), torch.arange(48), indexing="ij")
    patch_number = (rows // 8 * 6 + columns // 8).float().reshape(1, 1, 48, 48)
    patches = network_of("vit").patches(patch_number)
    assert torch.equal(patches[0], torch.arange(36.0).unsqueeze(1).expand(36, 64))


def test_separable_convolutions_take_a_seventh_of_the_arithmetic() -> None:
    separable, full = (
        networks.build(NETWORKS["sprint"] | {"convolution": kind}) for kind in ("separable", "full")
    )
    assert multiply_adds(full) > 5 * multiply_adds(separable)


def test_separable_resnet_classifies_by_mean_and_maximum() -> None:
    network = network_of("sprint").eval()
    network.layers = network.stem = nn.Identity()
    faces = torch.zeros(2, 192, 6, 6)
    faces[:, :, 2, 3] = 36.0  # SiLU leaves it so
    means, maxima = network.head.weight.chunk(2, dim=1)  # [7, 384] → [7, 192] twice
    expected = network.head.bias + means.sum(dim=1) + 36 * maxima.sum(dim=1)
    assert torch.allclose(network(faces)[0], expected, atol=1e-4)


def test_a_depthwise_convolution_with_a_stride_is_not_rounded(faces: torch.Tensor) -> None:
    network = network_of("sprint")
    types: list[tuple[bool, torch.dtype]] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.register_forward_hook(lambda m, _, y: types.append((m.stride[0] > 1, y.dtype)))
    with torch.autocast("cpu", torch.bfloat16):
        network(faces)
    assert set(types) == {(True, torch.float32), (False, torch.bfloat16)}


def test_compact_vit_pools_its_tokens_by_learned_weights(faces: torch.Tensor) -> None:
    network, tokens = network_of("compact_vit").eval(), []
    network.norm.register_forward_hook(lambda *called: tokens.append(called[2]))
    logits = network(faces)
    weights = torch.softmax(tokens[0] @ network.score.weight[0], dim=1)  # [B, 36, D] → [B, 36]
    pooled = torch.einsum("bt,btd->bd", weights, tokens[0])
    assert torch.allclose(network.head(pooled), logits, atol=1e-5)


@pytest.mark.parametrize(("model", "layers"), [("vit", "blocks"), ("compact_vit", "layers")])
def test_transformer_layers_start_with_different_weights(model: str, layers: str) -> None:
    first, second, *_ = getattr(network_of(model), layers)
    assert not torch.equal(first.linear1.weight, second.linear1.weight)
