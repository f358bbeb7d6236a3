"""`dvc exp run -S key=value` changes only this key of params.yaml."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from fer2013.core.sections import read_yaml

KeyPath = tuple[str, ...]


def keys_of(values: dict[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every key that holds no section, with its value."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from keys_of(value, (*path, key))
        else:
            yield (*path, key), value


def overridden(params: dict[str, Any], changes: dict[KeyPath, str]) -> dict[str, Any]:
    """What params.yaml should then say."""
    expected = copy.deepcopy(params)
    for path, text in changes.items():
        section = expected
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = yaml.safe_load(text)
    return expected


@pytest.mark.parametrize(
    ("of", "text"), [(list, "[]"), (list, "[{name: flip, p: 0.25}]"), (object, "17")]
)
def test_every_key_can_be_overridden(in_copy: Path, of: type, text: str) -> None:
    """All of a kind at once, as DVC takes a second for each call."""
    params = read_yaml(Path("params.yaml"))
    changes = {path: text for path, value in keys_of(params) if isinstance(value, of)}
    assert len(changes) > 20
    apply_overrides("params.yaml", [f"{'.'.join(path)}={text}" for path in changes])
    assert read_yaml(Path("params.yaml")) == overridden(params, changes)


@pytest.mark.parametrize("key", ["augment", "models.vit_published.augment"])
def test_a_list_with_a_comment_can_be_emptied_alone(in_copy: Path, key: str) -> None:
    """A comment beside such a key, as there once was, made the file no YAML any more."""
    params = read_yaml(Path("params.yaml"))
    apply_overrides("params.yaml", [f"{key}=[]"])
    expected = overridden(params, {tuple(key.split(".")): "[]"})
    assert read_yaml(Path("params.yaml")) == expected
