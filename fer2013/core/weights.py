"""A trained model's weights: a safetensors file, whose metadata holds the epoch they are from."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fer2013.core import networks
from fer2013.core.tensor_files import read_tensors, write_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore


def save_weights(weights: dict[str, Tensor], epoch: int, path: Path) -> None:
    write_tensors(weights, path, {"epoch": str(epoch)})


def load_network(options: dict[str, Any], path: Path) -> tuple[nn.Module, int]:
    """Build a network with these options, load its weights, and return the epoch they are from.

    Raises:
        BadInput: the file is missing, damaged, or of another network.
    """
    network = networks.build(options)
    weights, metadata = read_tensors(path)
    try:
        if _types(weights) != _types(network.state_dict()):
            raise ValueError  # load_state_dict would convert silently
        network.load_state_dict(weights)
        return network, int(metadata["epoch"])
    except (RuntimeError, KeyError, ValueError):
        raise BadInput(
            f"{path} does not hold this network's weights; {how_to_restore(path)}."
        ) from None


def _types(tensors: dict[str, Tensor]) -> dict[str, torch.dtype]:
    return {name: tensor.dtype for name, tensor in tensors.items()}
