"""`dvc exp run -S key=value` changes only this key of params.yaml."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from fer2013.core.sections import read_yaml


def keys_of(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key that holds no section, with its value."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from keys_of(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


@pytest.mark.parametrize(("of", "text"), [(list, "[{name: flip, p: 0.25}]"), (object, "17")])
def test_every_key_can_be_overridden(in_copy: Path, of: type, text: str) -> None:
    """All of a kind at once, as DVC takes a second for each call."""
    before = dict(keys_of(read_yaml(Path("params.yaml"))))
    changed = {key: yaml.safe_load(text) for key in before if isinstance(before[key], of)}
    assert len(changed) > 20
    apply_overrides("params.yaml", [f"{key}={text}" for key in changed])
    assert dict(keys_of(read_yaml(Path("params.yaml")))) == before | changed
