"""Draw examples of each augmentation of params.yaml into docs/augment.

    make pictures

An augmentation is `augment` followed by `augment_batch`. That of the defaults is drawn in
default.png, any other in a file with the name of the first model that uses it. An empty one gets no
picture.
The faces are those of the built-in sample, since FER2013's may not be redistributed.
"""

from collections.abc import Iterator
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


Picture = tuple[str, list[str], Config]  # its name, the models, and what they share


def main() -> None:
    pictures = plan(read_yaml(PARAMS))
    draw_all(pictures, FOLDER)
    for name, models, _ in pictures:
        print(f"{FOLDER / name}.png: {', '.join(models)}")


def plan(params: dict[str, Any]) -> list[Picture]:
    """The distinct augmentations and their models; `default` is the one that is inherited."""
    users: dict[str, list[str]] = {}
    configs = {model: resolve(params, model) for model in read_models(params)}
    for model, config in configs.items():
        if config.augment or config.augment_batch:
            users.setdefault(str([config.augment, config.augment_batch]), []).append(model)
    own = {model for model in configs if "augment" in own_values(read_models(params), model)}
    return [
        (models[0] if own.issuperset(models) else "default", models, configs[models[0]])
        for models in users.values()
    ]


def draw_all(pictures: list[Picture], folder: Path) -> None:
    """Replace the whole folder, so that no picture of a removed one stays in it."""
    with own_folder(folder) as tmp:
        tmp.mkdir()
        for name, models, config in pictures:
            draw(models, config, tmp / f"{name}.png")


@style.context("default")  # matplotlib's own, whatever a user's matplotlibrc says
def draw(models: list[str], config: Config, target: Path) -> None:
    """Draw a row for each face: the original and augmented variants."""
    figure = Figure(figsize=(13.5, 7.2), dpi=100, layout="constrained")
    lines = [
        ", ".join(f"{key} {value}" for key, value in step.model_dump().items())
        for step in [*config.augment, *config.augment_batch]
    ]
    figure.suptitle("\n".join([f"In this order, for {', '.join(models)}:", *lines]))
    grid = figure.subplots(len(EXPRESSIONS), 1 + VARIANTS)
    grid[0, 0].set_title("original")
    for axes, image in zip(grid.flat, images(config), strict=True):
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


if __name__ == "__main__":
    exit_on_bad_input(main)
