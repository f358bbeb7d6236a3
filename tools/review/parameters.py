"""The changes in params.yaml by model, after defaults and overrides are resolved."""

import json
from dataclasses import dataclass
from typing import Any

from tools.review.configs import path_of, values
from tools.review.pipeline import parsed
from tools.review.revision import Revision

ABSENT = "absent"
SHARED = ("data", "sample", "ingest", "split", "overfit")  # not of a single model


@dataclass
class Change:
    key: str
    before: str
    after: str
    models: list[str]  # none if it is in a section of SHARED


def changed_parameters(
    base: Revision,
    head: Revision,
    base_configs: dict[str, bytes],
    head_configs: dict[str, bytes],
    models: list[str],
) -> list[Change]:
    """Changes in the sections of SHARED, then in the models that both commits have."""
    before, after = ({key: parsed(commit, "params.yaml").get(key) for key in SHARED}
                     for commit in (base, head))  # fmt: skip
    changes = [Change(*change, models=[]) for change in compared(before, after)]
    of_models: dict[tuple[str, str, str], list[str]] = {}
    for model in models:
        path = path_of(model)
        if path in base_configs and path in head_configs:
            for change in compared(values(base_configs[path]), values(head_configs[path])):
                of_models.setdefault(change, []).append(model)
    return changes + [Change(*change, models=users) for change, users in of_models.items()]


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(key, value before, value after) in the order of `after`, then the removed keys."""
    old, new = flat(before), flat(after)
    keys = [*new, *(key for key in old if key not in new)]
    return [
        (key, old.get(key, ABSENT), new.get(key, ABSENT))
        for key in keys
        if old.get(key) != new.get(key)
    ]


def flat(content: Any, prefix: str = "") -> dict[str, str]:
    """Dotted keys → values. In a list of named sections, as `augment`, keys include the names."""
    if isinstance(content, dict) and content:
        pairs = [flat(value, f"{prefix}{key}.") for key, value in content.items()]
        return {key: value for pair in pairs for key, value in pair.items()}
    key = prefix.removesuffix(".")
    if not named(content):
        return {key: json.dumps(content)}
    names = [section["name"] for section in content]
    result = {key: ", ".join(names)}
    for section in content:
        own = {option: value for option, value in section.items() if option != "name"}
        result |= flat(own, f"{key}.{section['name']}.") if own else {}
    return result


def named(content: Any) -> bool:
    """Is `content` a list of sections whose names are all different?"""
    if not (isinstance(content, list) and content):
        return False
    if not all(isinstance(section, dict) and "name" in section for section in content):
        return False
    return len({section["name"] for section in content}) == len(content)
