"""Optimizers, and the schedules of their learning rates."""

import copy
from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core import networks
from fer2013.core.config import resolve
from fer2013.core.optimizers import Muon, orthogonal
from fer2013.core.schedules import WarmRestarts, WarmupCosine, WarmupLinear
from tests.fer2013.core.made_up import PARAMS

MUON = Muon(
    name="muon",
    lr=0.1,
    momentum=0.9,
    weight_decay=0.2,
    adamw_lr=0.01,
    adamw_betas=[0.9, 0.98],
    adamw_weight_decay=0.3,
)


def small() -> nn.Module:
    """In double precision: on some processors, oneDNN's float32 reads beyond so few channels."""
    torch.manual_seed(0)
    network = networks.build({"name": "resnet", "channels": [4, 8], "blocks": 1}).double()
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def names_of(network: nn.Module, group: dict[str, Any]) -> set[str]:
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return {names[id(parameter)] for parameter in group["params"]}


def test_muon_takes_the_inner_filters_and_adamw_the_rest() -> None:
    network = small()
    for_inner, for_rest = MUON.build(network, torch.float32)
    expected = {f"layers.{layer}.conv{number}.weight" for layer in (0, 1) for number in (1, 2)}
    expected.add("layers.1.shortcut.0.weight")
    assert names_of(network, for_inner.param_groups[0]) == expected
    decayed, plain = for_rest.param_groups
    assert names_of(network, decayed) == {"stem.0.weight", "head.weight"}
    rest = {name for name, _ in network.named_parameters()} - expected
    assert names_of(network, plain) == rest - {"stem.0.weight", "head.weight"}
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.3, 0)


def test_muon_takes_the_matrices_of_transformer_layers() -> None:
    network = networks.build(resolve(PARAMS, "vit").network)
    inner = names_of(network, MUON.build(network, torch.float32)[0].param_groups[0])
    names = ("self_attn.in_proj_", "self_attn.out_proj.", "linear1.", "linear2.")
    assert inner == {f"blocks.{layer}.{name}weight" for layer in range(4) for name in names}


def test_it_steps_as_torchs_muon_does_with_matrices() -> None:
    network = small()
    weight: Any = network.get_parameter("layers.1.conv1.weight")
    matrix = nn.Parameter(copy.deepcopy(weight.detach()).contiguous().flatten(1))
    theirs = torch.optim.Muon([matrix], lr=0.1, momentum=0.9, weight_decay=0.2)
    ours, _ = MUON.build(network, torch.bfloat16)
    for step in range(3):
        torch.manual_seed(step)
        for parameter in network.parameters():
            parameter.grad = torch.randn_like(parameter)
        matrix.grad = weight.grad.contiguous().flatten(1)
        ours.step()
        theirs.step()
    assert torch.equal(weight.contiguous().flatten(1), matrix)


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_singular_values_are_brought_near_1(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    values = torch.linalg.svdvals(orthogonal(matrix))
    assert values.min() > 0.6
    assert values.max() < 1.25


def test_warm_restarts_are_pytorchs_stepped_per_epoch() -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10)
    schedule = WarmRestarts(name="warm_restarts", period=10)
    for epoch in range(35):
        for part_of_epoch in (0, 0.5, 0.99):
            ours = 0.1 * schedule.factor(epoch + part_of_epoch, 50)
            assert ours == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def test_warmups_rise_to_1_and_fall_to_0_at_the_end() -> None:
    cosine = WarmupCosine(name="warmup_cosine", warmup=2)
    found = [cosine.factor(time, 12) for time in (0, 1, 2, 7, 12)]
    assert found == pytest.approx([0, 0.5, 1, 0.5, 0])
    linear = WarmupLinear(name="warmup_linear", warmup_share=0.2)
    found = [linear.factor(time, 10) for time in (0, 1, 2, 6, 10)]
    assert found == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert WarmupLinear(name="warmup_linear", warmup_share=0).factor(0, 10) == 1
