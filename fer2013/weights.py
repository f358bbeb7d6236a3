"""A trained model's weights file: safetensors, with the epoch they are from in its metadata."""

from pathlib import Path

import safetensors
from safetensors.torch import save_file
from torch import Tensor, nn

from fer2013 import networks
from fer2013.config import Config
from fer2013.errors import BadInput
from fer2013.files import written_whole


def save_weights(weights: dict[str, Tensor], epoch: int, path: Path) -> None:
    # One metadata key only: safetensors writes several in no fixed order.
    with written_whole(path) as part:
        save_file(weights, part, metadata={"epoch": str(epoch)})


def load_network(config: Config, path: Path) -> tuple[nn.Module, int]:
    """Build a configuration's network with these weights, and tell the epoch they are from.

    Raises:
        BadInput: the file is missing, damaged, or of another network.
    """
    network = networks.build(config.network)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            epoch = int(file.metadata()["epoch"])
        network.load_state_dict(weights)
    except (OSError, safetensors.SafetensorError) as error:
        raise BadInput(f"{path} is missing or damaged ({error}); train the model again.") from None
    except (RuntimeError, KeyError, TypeError, ValueError):
        raise BadInput(
            f"{path} does not hold this network's weights; train the model again."
        ) from None
    return network, epoch
