"""Building a network by its name in params.yaml, with new or with trained weights.

`network.name` is the name of a file in `fer2013/networks/`. A file is imported only when it is
needed, so a new or changed network does not affect models that do not use it. Each file defines
    Options   a `Section`: the keys of params.yaml's section `network`
    build     Options → the network, which takes [B, 1, 48, 48] and returns logits [B, 7]
"""

import importlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import Tensor, nn

from fer2013.core.sections import describe_errors
from fer2013.core.tensor_files import read_tensors, write_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore

FOLDER = Path(__file__).parents[1] / "networks"
NAMES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def check_options(values: dict[str, Any]) -> dict[str, Any]:
    """Return a network's options with its defaults filled in.

    Raises:
        ValueError: there is no such network, or its options are wrong.
    """
    try:
        return _module(values).Options.model_validate(values).model_dump()
    except ValidationError as error:
        raise ValueError(describe_errors(error)) from None


def build(values: dict[str, Any]) -> nn.Module:
    """Build a network from its section of a configuration."""
    module = _module(values)
    network: nn.Module = module.build(module.Options.model_validate(values))
    return network


def save_weights(weights: dict[str, Tensor], epoch: int, path: Path) -> None:
    """Write a safetensors file, whose metadata holds the epoch that the weights are from."""
    write_tensors(weights, path, {"epoch": str(epoch)})


def load_network(options: dict[str, Any], path: Path) -> tuple[nn.Module, int]:
    """Build a network with these options, load its weights, and return the epoch they are from.

    Raises:
        BadInput: the file is missing, damaged, or of another network.
    """
    network = build(options)
    weights, metadata = read_tensors(path)
    types = {name: tensor.dtype for name, tensor in network.state_dict().items()}
    try:
        if {name: tensor.dtype for name, tensor in weights.items()} != types:
            raise ValueError  # load_state_dict would convert silently
        network.load_state_dict(weights)
        return network, int(metadata["epoch"])
    except (RuntimeError, KeyError, ValueError):
        raise BadInput(
            f"{path} does not hold this network's weights; {how_to_restore(path)}."
        ) from None


def _module(values: dict[str, Any]) -> Any:
    name = values.get("name")
    if name not in NAMES:
        raise ValueError(f"unknown name {name!r}; allowed: {', '.join(NAMES)}")
    return importlib.import_module(f"fer2013.networks.{name}")
