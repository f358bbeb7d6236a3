"""Pictures of the augmentation chains of the repository's own params.yaml."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fer2013.core.config import Config, own_values, resolve
from fer2013.core.sections import read_models, read_yaml
from tests.conftest import REPOSITORY
from tools.pictures import Picture, draw_all, plan, title


@pytest.fixture(scope="module")
def params() -> dict[str, Any]:
    return read_yaml(REPOSITORY / "params.yaml")


@pytest.fixture(scope="module")
def pictures(params: dict[str, Any]) -> list[Picture]:
    return plan(params)


def chains_of(config: Config) -> list[Any]:
    return [config.augment, config.augment_batch]


def test_each_model_that_augments_is_on_the_picture_of_its_chain(
    params: dict[str, Any], pictures: list[Picture]
) -> None:
    picture_of = {model: picture for picture in pictures for model in picture.models}
    configs = {model: resolve(params, model) for model in read_models(params)}
    augmenting = {m for m, config in configs.items() if config.augment or config.augment_batch}
    assert picture_of.keys() == augmenting
    for model, picture in picture_of.items():
        assert chains_of(picture.config) == chains_of(configs[model])
        assert model in title(picture)


def test_each_chain_has_one_picture_and_each_picture_its_own_name(
    pictures: list[Picture],
) -> None:
    assert len({picture.name for picture in pictures}) == len(pictures)
    assert len({str(chains_of(picture.config)) for picture in pictures}) == len(pictures)


def test_the_inherited_chain_is_called_default(
    params: dict[str, Any], pictures: list[Picture]
) -> None:
    models = read_models(params)
    inheriting = {model for model in models if "augment" not in own_values(models, model)}
    (default,) = [picture for picture in pictures if picture.name == "default"]
    assert inheriting <= set(default.models)


def test_the_same_chains_make_the_same_bytes(pictures: list[Picture], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    draw_all([replace(pictures[0], name="of_a_former_chain")], second)
    for folder in (first, second):
        draw_all(pictures, folder)
    bytes_of = {path.name: path.read_bytes() for path in first.glob("*.png")}
    assert bytes_of == {path.name: path.read_bytes() for path in second.glob("*.png")}
    assert bytes_of.keys() == {f"{picture.name}.png" for picture in pictures}
    assert len(set(bytes_of.values())) == len(pictures)
