"""Draw examples of each augmentation of params.yaml into docs/augment.

    make pictures

An augmentation is `augment` followed by `augment_batch`. That of the defaults is drawn in
default.png, any other in a file with the name of the first model that uses it. An empty one gets no
picture.
The faces are those of the built-in sample, since FER2013's may not be redistributed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib import style
from matplotlib.figure import Figure

from fer2013.core.augment import Augmenter
from fer2013.core.batch_augment import BatchAugmenter
from fer2013.core.config import Config, own_values, resolve
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.data.sample import draw_face
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import own_folder
from fer2013.scoring.confusion import save

FOLDER = Path("docs/augment")
EXPRESSIONS = ("Happy", "Surprise", "Angry", "Sad")
VARIANTS = 8


@dataclass(frozen=True)
class Picture:
    name: str
    models: list[str]
    config: Config  # of the first of them


def main() -> None:
    pictures = plan(read_yaml(PARAMS))
    draw_all(pictures, FOLDER)
    for picture in pictures:
        print(f"{FOLDER / picture.name}.png: {', '.join(picture.models)}")


def plan(params: dict[str, Any]) -> list[Picture]:
    """Find the distinct augmentations and the models that use each."""
    configs = {model: resolve(params, model) for model in read_models(params)}
    users: dict[str, list[str]] = {}
    for model, config in configs.items():
        if config.augment or config.augment_batch:
            users.setdefault(str([config.augment, config.augment_batch]), []).append(model)
    return [
        Picture(name_of(params, models), models, configs[models[0]]) for models in users.values()
    ]


def name_of(params: dict[str, Any], models: list[str]) -> str:
    """`default` if one of these models, which share an augmentation, inherits it."""
    own = [own_values(read_models(params), model) for model in models]
    inherited = any("augment" not in values for values in own)
    return "default" if inherited else models[0]


def draw_all(pictures: list[Picture], folder: Path) -> None:
    """Replace the whole folder, so that no picture of a removed one stays in it."""
    with own_folder(folder) as tmp:
        tmp.mkdir()
        for picture in pictures:
            draw(picture, tmp / f"{picture.name}.png")


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw(picture: Picture, target: Path) -> None:
    """Draw a row for each face: the original and augmented variants."""
    figure = Figure(figsize=(13.5, 7.2), dpi=100, layout="constrained")
    figure.suptitle(title(picture))
    grid = figure.subplots(len(EXPRESSIONS), 1 + VARIANTS)
    grid[0, 0].set_title("original")
    for axes, image in zip(grid.flat, images(picture.config), strict=True):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_axis_off()
    save(figure, target)


def images(config: Config) -> Iterator[np.ndarray]:
    """Yield each face and its variants, augmented as the first faces of an epoch in training."""
    augment, rng = Augmenter(config.augment, config.seed), np.random.default_rng(0)
    count = len(EXPRESSIONS) * VARIANTS
    augment_batch = BatchAugmenter(config.augment_batch, config.seed, 1, count=count)
    for row, expression in enumerate(EXPRESSIONS):
        face = draw_face(expression, rng)
        yield face
        for index in range(row * VARIANTS, (row + 1) * VARIANTS):
            grey = torch.from_numpy(augment(face, 1, index)).reshape(1, 1, *face.shape) / 255
            yield (255 * augment_batch(grey, slice(index, index + 1))[0, 0]).numpy()


def title(picture: Picture) -> str:
    """Each augmentation in the words of params.yaml."""
    steps = [*picture.config.augment, *picture.config.augment_batch]
    lines = [
        ", ".join(f"{key} {value}" for key, value in options.model_dump().items())
        for options in steps
    ]
    return "\n".join([f"In this order, for {', '.join(picture.models)}:", *lines])


if __name__ == "__main__":
    exit_on_bad_input(main)
