"""Building a network by its name in params.yaml.

`network.name` is the name of a file in `fer2013/networks/`. A file is imported only when it is
needed, so a new or changed network does not affect models that do not use it. Each file defines
    Options   a `Section`: the keys of params.yaml's section `network`
    build     Options → the network, which takes [B, 1, 48, 48] and returns logits [B, 7]
"""

import importlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import nn

from fer2013.core.sections import describe_errors

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


def _module(values: dict[str, Any]) -> Any:
    name = values.get("name")
    if name not in NAMES:
        raise ValueError(f"unknown name {name!r}; allowed: {', '.join(NAMES)}")
    return importlib.import_module(f"fer2013.networks.{name}")
