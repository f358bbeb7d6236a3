import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fer2013.base.sections import read_models, read_yaml
from fer2013.model import networks
from fer2013.training.config import resolve
from fer2013.training.optimizers import Muon
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
NETWORKS = {model: resolve(PARAMS, model).network for model in read_models(PARAMS)}
MUON = Muon(
    name="muon",
    lr=0.1,
    momentum=0.9,
    weight_decay=0.2,
    adamw_lr=0.01,
    adamw_betas=[0.9, 0.98],
    adamw_weight_decay=0.3,
)


@pytest.fixture(autouse=True)
def iterates_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in bfloat16, whose rounding hides what is compared here."""
    monkeypatch.setattr(Tensor, "bfloat16", Tensor.double)


def small(channels_last: bool = True) -> nn.Module:
    """In double precision: on some processors, oneDNN's float32 reads beyond so few channels."""
    torch.manual_seed(0)
    network = networks.build({"name": "resnet", "channels": [4, 8], "blocks": 1}).double()
    order = torch.channels_last if channels_last else torch.contiguous_format
    return network.to(memory_format=order)  # type: ignore[call-overload]


def stepped(network: nn.Module, steps: int = 3) -> nn.Module:
    optimizers = MUON.build(network)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        faces = torch.randn(8, 1, 48, 48, generator=generator, dtype=torch.double)
        network.zero_grad()
        nn.functional.cross_entropy(network(faces), torch.arange(8) % 7).backward()
        for optimizer in optimizers:
            optimizer.step()
    return network


def names_of(network: nn.Module, group: dict[str, Any]) -> set[str]:
    memory = {parameter.data_ptr(): name for name, parameter in network.named_parameters()}
    return {memory[parameter.data_ptr()] for parameter in group["params"]}


def test_each_parameter_is_moved_by_one_of_the_two() -> None:
    before, after = dict(small().named_parameters()), dict(stepped(small(), 1).named_parameters())
    assert all(not torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("channels_last", [True, False])
def test_muon_takes_the_inner_filters(channels_last: bool) -> None:
    network = small(channels_last)
    for_inner, for_rest = MUON.build(network)
    expected = {f"layers.{layer}.conv{number}.weight" for layer in (0, 1) for number in (1, 2)}
    expected.add("layers.1.shortcut.0.weight")
    assert names_of(network, for_inner.param_groups[0]) == expected
    decayed, plain = for_rest.param_groups
    assert names_of(network, decayed) == {"stem.0.weight", "head.weight"}
    rest = {name for name, _ in network.named_parameters()} - expected
    assert names_of(network, plain) == rest - {"stem.0.weight", "head.weight"}
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.3, 0)


def test_muon_takes_the_matrices_of_transformer_layers() -> None:
    network = networks.build(NETWORKS["vit"])
    for_inner, for_rest = MUON.build(network)
    inner = names_of(network, for_inner.param_groups[0])
    of_a_layer = 4  # in_proj, out_proj, linear1, linear2
    assert len(inner) == 4 * of_a_layer
    assert "blocks.3.self_attn.in_proj_weight" in inner
    assert {"blocks.0.linear1.weight", "blocks.0.self_attn.out_proj.weight"} <= inner
    decayed = names_of(network, for_rest.param_groups[0])
    assert decayed == {"cls", "position", "embed.weight", "head.0.weight", "head.2.weight"}


def test_memory_order_does_not_matter() -> None:
    first, second = (stepped(small(order)) for order in (True, False))
    for (name, one), two in zip(first.named_parameters(), second.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6), name


def test_a_filter_moves_as_torchs_muon_moves_its_matrix() -> None:
    network = small()
    weight: Any = network.get_parameter("layers.1.conv1.weight")
    matrix = nn.Parameter(copy.deepcopy(weight.detach()).contiguous().flatten(1))
    theirs = torch.optim.Muon([matrix], lr=0.1, momentum=0.9, weight_decay=0.2)
    ours, _ = MUON.build(network)
    for step in range(3):
        torch.manual_seed(step)
        for parameter in network.parameters():
            parameter.grad = torch.randn_like(parameter)
        matrix.grad = weight.grad.contiguous().flatten(1)
        ours.step()
        theirs.step()
    assert torch.allclose(weight.contiguous().flatten(1), matrix, atol=1e-5)
