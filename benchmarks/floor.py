"""The floor: the time of a training step's layers alone, a lower bound of the time of the step.

The forward and backward pass of each layer is timed alone, on an input of the same shape, memory
format and precision as in the network, and with the same gradients. The floor is the sum over the
layers. It leaves out the operations between layers (a residual sum, a mean), the loss, the
optimizer and the preparation of the input.
"""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Input:
    """The properties of a layer's input tensor."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: torch.dtype
    needs_gradient: bool

    def another(self) -> Tensor:
        tensor = torch.empty_strided(self.shape, self.strides, dtype=self.dtype).normal_()
        return tensor.requires_grad_(self.needs_gradient)


@dataclass(frozen=True)
class Call:
    """A layer and the arguments that it was called with."""

    layer: nn.Module
    given: Input
    times: int  # how often the input is an argument: self-attention has it as query, key and value
    options: dict[str, Any]


def layer_calls(network: nn.Module, x: Tensor) -> list[Call]:
    """Run a forward pass and record the calls of all layers, in order."""
    calls: list[Call] = []

    def note(layer: nn.Module, args: tuple[Tensor, ...], options: dict[str, Any]) -> None:
        x = args[0]
        assert all(another is x for another in args), f"{layer} takes several inputs"
        given = Input(tuple(x.shape), x.stride(), x.dtype, x.requires_grad)
        calls.append(Call(layer, given, len(args), options))

    layers = [module for module in network.modules() if is_layer(module)]
    hooks = [layer.register_forward_pre_hook(note, with_kwargs=True) for layer in layers]
    network.train()(x)
    for hook in hooks:
        hook.remove()
    return calls


def is_layer(module: nn.Module) -> bool:
    """Is it a module without submodules, or attention, which does not call its submodule?"""
    attention = isinstance(module, nn.MultiheadAttention)
    return attention or not (list(module.children()) or isinstance(module, nn.Sequential))


def seconds(calls: list[Call], repeats: int) -> float:
    """The sum over the layers of the median time of a forward and backward pass."""
    return sum(layer_seconds(call, repeats) for call in calls)


def layer_seconds(call: Call, repeats: int) -> float:
    x = call.given.another()
    gradient: Tensor | None = None
    times = []
    for _ in range(1 + repeats):  # the first one warms up
        call.layer.zero_grad(set_to_none=True)
        x.grad = None
        started = time.perf_counter()
        y = call.layer(*[x] * call.times, **call.options)
        y = y[0] if isinstance(y, tuple) else y
        forward = time.perf_counter() - started
        if gradient is None:
            gradient = torch.randn_like(y)
        started = time.perf_counter()
        if y.requires_grad:
            y.backward(gradient)
        times.append(forward + time.perf_counter() - started)
    return median(times[1:])
