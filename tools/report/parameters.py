"""The parameters of all models side by side, one row for each key."""

from dataclasses import dataclass
from typing import Any

import yaml

from tools.report.results import Result


@dataclass(frozen=True)
class Parameter:
    key: str
    values: dict[str, str]  # by model; "" if the model has no such key

    @property
    def differs(self) -> bool:
        return len(set(self.values.values())) > 1


def parameters(results: list[Result]) -> list[Parameter]:
    flat = {result.name: flattened(result.config) for result in results if result.config}
    keys = dict.fromkeys(key for values in flat.values() for key in values)
    return [
        Parameter(key, {model: values.get(key, "") for model, values in flat.items()})
        for key in sorted(keys, key=lambda key: sort_key(key, list(keys)))
    ]


def sort_key(key: str, keys: list[str]) -> tuple[int, int]:
    """Keep the keys of a section together, even if not all models have them."""
    section = key.partition(".")[0]
    sections = list(dict.fromkeys(other.partition(".")[0] for other in keys))
    return sections.index(section), keys.index(key)


def flattened(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Dotted keys, as for `dvc exp run -S`, with their values; a list has one line per entry."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            flat[prefix + key] = "\n".join(map(entry, value))
        else:
            flat[prefix + key] = as_yaml(value)
    return flat


def entry(options: dict[str, Any]) -> str:
    """ "flip (p 0.5)" """
    rest = ", ".join(f"{key} {as_yaml(value)}" for key, value in options.items() if key != "name")
    return f"{options['name']} ({rest})" if "name" in options else rest


def as_yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True)
    return text.removesuffix("...\n").strip()
