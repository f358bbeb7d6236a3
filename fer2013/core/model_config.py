"""What a prediction needs of a trained model's models/<model>/config.yaml.

The file holds the whole recipe of the training; `fer2013.core.config` reads all of it.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

from fer2013.core import networks
from fer2013.core.inference import Evaluate
from fer2013.core.normalization import Normalize
from fer2013.core.sections import Count, Device, check, read_yaml


class TrainSection(BaseModel):
    """Those keys of `train` that say where the network runs."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    device: Device
    threads: Count
    channels_last: bool


class ModelConfig(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    network: dict[str, Any]  # name and options; each network checks its own
    normalize: Normalize
    train: TrainSection
    evaluate: Evaluate

    @field_validator("network")
    @classmethod
    def _known_to_its_network(cls, values: dict[str, Any]) -> dict[str, Any]:
        return networks.check_options(values)


def read_model_config(path: Path) -> ModelConfig:
    """Read a models/<model>/config.yaml.

    Raises:
        BadInput: the file is missing, or a key or value is wrong.
    """
    return check(ModelConfig, read_yaml(path), str(path))
