"""Augmentation of single faces by albumentations; the seed determines the result.

The published augmentations were written for albumentations 1. Version 2 renamed arguments, ignores
the old ones with a warning, and pads with black. The table says what replaces each transform:

    published                                       in this file
    HorizontalFlip                                  version 2's
    ShiftScaleRotate(.1, .1, 15)                    our own, as version 2 scales width and height
                                                    independently, truncates shifts to whole
                                                    pixels and pads with black
    Rotate(limit=15)                                version 2's, with a reflected border
    torchvision's RandomRotation(10)                version 2's Rotate, with nearest-neighbour
                                                    interpolation and a black border
    RandomBrightnessContrast(.2, .2)                version 2's
    GaussNoise(var_limit=(10, 50))                  our own, as version 2 draws the standard
                                                    deviation, as a fraction of 255, and version 1
                                                    the variance (version 1 also truncates where
                                                    ours rounds, so its faces are half a grey
                                                    level darker)
    CoarseDropout(max_holes=8, max_height=8,        version 2's, with exactly 8 black holes of
                  max_width=8)                      8×8, which is what those arguments meant

A Compose draws from two random generators. Building new ones for every face, as `set_random_seed`
does, halves its speed. `Augmenter` sets the state of the same two, which costs two per cent.
"""

import os
import random
import warnings
from typing import Annotated, Any, Literal

import numpy as np

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else it looks on the internet for a newer version
import albumentations as A
import cv2
from pydantic import Field

from fer2013.core.batch_augment import Degrees, Flip, ShiftScaleRotate
from fer2013.core.sections import Count, Fraction, NotNegative, Section
from fer2013.core.seeds import derive_seed

cv2.setNumThreads(0)  # each worker is one thread


class ShiftScaleRotateV1(A.ImageOnlyTransform):
    """As in version 1: one scale for both axes, subpixel shifts, reflected border."""

    def __init__(self, shift: float, scale: float, rotate: float, p: float) -> None:
        super().__init__(p=p)
        self.shift, self.scale, self.rotate = shift, scale, rotate

    def get_params(self) -> dict[str, Any]:
        uniform = self.py_random.uniform
        return {
            "angle": uniform(-self.rotate, self.rotate),
            "scale": uniform(1 - self.scale, 1 + self.scale),
            "right": uniform(-self.shift, self.shift),
            "down": uniform(-self.shift, self.shift),
        }

    def apply(self, img: np.ndarray, angle: float, scale: float, **shift: Any) -> np.ndarray:
        height, width = img.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), angle, scale)
        matrix[:, 2] += shift["right"] * width, shift["down"] * height
        border = cv2.BORDER_REFLECT_101
        return cv2.warpAffine(
            img, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border
        )


class GaussNoiseV1(A.ImageOnlyTransform):
    """As in version 1: the variance, in squared grey levels, is uniform between two values."""

    def __init__(self, variance: list[float], p: float) -> None:
        super().__init__(p=p)
        self.variance = variance

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        deviation = self.py_random.uniform(*self.variance) ** 0.5
        shape = data["image"].shape
        return {"noise": self.random_generator.standard_normal(shape, np.float32) * deviation}

    def apply(self, img: np.ndarray, noise: np.ndarray, **_: Any) -> np.ndarray:
        return np.clip(np.rint(img + noise), 0, 255).astype(np.uint8)


class Rotate(Section):
    """Rotate by an angle that is uniform between minus and plus `degrees`."""

    name: Literal["rotate"]
    degrees: Degrees
    interpolation: Literal["nearest", "linear"]
    border: Literal["black", "reflect"]
    p: Fraction


class BrightnessContrast(Section):
    """Multiply by 1 ± contrast, then add ± brightness × 255; both are uniform."""

    name: Literal["brightness_contrast"]
    brightness: Fraction
    contrast: Fraction
    p: Fraction


class GaussNoise(Section):
    """Add noise; its variance, in squared grey levels, is uniform between the two values."""

    name: Literal["gauss_noise"]
    variance: Annotated[list[NotNegative], Field(min_length=2, max_length=2)]
    p: Fraction


class CoarseDropout(Section):
    """Draw exactly `holes` black rectangles of height × width pixels, which may overlap."""

    name: Literal["coarse_dropout"]
    holes: Count
    height: Annotated[int, Field(ge=1, le=48)]
    width: Annotated[int, Field(ge=1, le=48)]
    p: Fraction


Augmentation = Annotated[
    Flip | ShiftScaleRotate | Rotate | BrightnessContrast | GaussNoise | CoarseDropout,
    Field(discriminator="name"),
]


def transform(options: Augmentation) -> A.BasicTransform:
    """The albumentations transform that does what the options say."""
    match options:
        case Flip(p=p):
            return A.HorizontalFlip(p=p)
        case ShiftScaleRotate(shift=shift, scale=scale, rotate=rotate, p=p):
            return ShiftScaleRotateV1(shift, scale, rotate, p)
        case Rotate(degrees=degrees, p=p):
            nearest, black = options.interpolation == "nearest", options.border == "black"
            return A.Rotate(
                limit=(-degrees, degrees),
                interpolation=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
                border_mode=cv2.BORDER_CONSTANT if black else cv2.BORDER_REFLECT_101,
                fill=0,
                p=p,
            )
        case BrightnessContrast(brightness=brightness, contrast=contrast, p=p):
            return A.RandomBrightnessContrast(
                brightness_limit=(-brightness, brightness),
                contrast_limit=(-contrast, contrast),
                brightness_by_max=True,
                p=p,
            )
        case GaussNoise(variance=variance, p=p):
            return GaussNoiseV1(variance, p)
        case CoarseDropout(holes=holes, height=height, width=width, p=p):
            return A.CoarseDropout(
                num_holes_range=(holes, holes),
                hole_height_range=(height, height),
                hole_width_range=(width, width),
                fill=0,
                p=p,
            )


class Augmenter:
    """The augmentations of a configuration, applied in its order."""

    def __init__(self, options: list[Augmentation], seed: int) -> None:
        self.seed = seed
        self.numpy_random = np.random.Generator(np.random.Philox(0))
        self.fresh = np.random.Philox(key=0).state
        self.python_random = random.Random()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of an ignored argument: "Argument … is not valid"
            self.compose = A.Compose([transform(each) for each in options])
        self.compose.set_random_state(self.numpy_random, self.python_random)

    def __call__(self, face: np.ndarray, epoch: int, index: int) -> np.ndarray:
        """Augment a face. uint8 [48, 48] → uint8 [48, 48]

        The random numbers depend on (seed, epoch, index) only. `index` is the position in the
        epoch's order, so a face that is drawn twice in an epoch is augmented in two ways.
        """
        if not self.compose.transforms:
            return face
        draw = derive_seed(self.seed, "augment", epoch, index)
        self.python_random.seed(draw)
        self.fresh["state"]["key"][0] = draw
        self.numpy_random.bit_generator.state = self.fresh
        image: np.ndarray = self.compose(image=face)["image"]
        return image
