"""Pictures of the augmentations of the repository's own params.yaml."""

from pathlib import Path

from fer2013.core.config import resolve
from fer2013.core.sections import read_models, read_yaml
from tests.conftest import REPOSITORY
from tools.pictures import draw_all, plan

PARAMS = read_yaml(REPOSITORY / "params.yaml")


def test_each_augmentation_has_one_picture_of_the_models_that_use_it() -> None:
    pictures = plan(PARAMS)
    found = [str([config.augment, config.augment_batch]) for _, _, config in pictures]
    assert len(set(found)) == len(found) == len({name for name, _, _ in pictures})
    of_model = {
        model: each
        for each, (_, models, _) in zip(found, pictures, strict=True)
        for model in models
    }
    configs = {model: resolve(PARAMS, model) for model in read_models(PARAMS)}
    assert of_model == {
        model: str([config.augment, config.augment_batch])
        for model, config in configs.items()
        if config.augment or config.augment_batch
    }
    (default,) = [models for name, models, _ in pictures if name == "default"]
    assert "resnet" in default


def test_the_same_augmentations_make_the_same_bytes(tmp_path: Path) -> None:
    _, models, config = plan(PARAMS)[0]
    first, second = tmp_path / "first", tmp_path / "second"
    draw_all([("of_a_former_one", models, config)], second)
    for folder in (first, second):
        draw_all([("default", models, config)], folder)
    assert [path.name for path in second.glob("*.png")] == ["default.png"]
    assert (first / "default.png").read_bytes() == (second / "default.png").read_bytes()
