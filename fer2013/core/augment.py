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
from pydantic import Field, field_validator

from fer2013.core.batch_augment import Degrees, FlipOptions, ShiftScaleRotateOptions
from fer2013.core.sections import Count, Fraction, Number, Section
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

    def apply(
        self,
        img: np.ndarray,
        angle: float,
        scale: float,
        right: float,
        down: float,
        **_: Any,
    ) -> np.ndarray:
        height, width = img.shape[:2]
        centre = (width / 2 - 0.5, height / 2 - 0.5)
        matrix = cv2.getRotationMatrix2D(centre, angle, scale)
        matrix[:, 2] += right * width, down * height
        return cv2.warpAffine(
            img,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )


class GaussNoiseV1(A.ImageOnlyTransform):
    """As in version 1: the variance, in squared grey levels, is uniform between two values."""

    def __init__(self, variance: tuple[float, float], p: float) -> None:
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


Pixels = Annotated[int, Field(ge=1, le=48)]


class Flip(FlipOptions):
    def build(self) -> A.BasicTransform:
        return A.HorizontalFlip(p=self.p)


class ShiftScaleRotate(ShiftScaleRotateOptions):
    def build(self) -> A.BasicTransform:
        return ShiftScaleRotateV1(self.shift, self.scale, self.rotate, self.p)


class Rotate(Section):
    """Rotate by an angle that is uniform between minus and plus `degrees`."""

    name: Literal["rotate"]
    degrees: Degrees
    interpolation: Literal["nearest", "linear"]
    border: Literal["black", "reflect"]
    p: Fraction

    def build(self) -> A.BasicTransform:
        interpolations = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR}
        borders = {"black": cv2.BORDER_CONSTANT, "reflect": cv2.BORDER_REFLECT_101}
        return A.Rotate(
            limit=(-self.degrees, self.degrees),
            interpolation=interpolations[self.interpolation],
            border_mode=borders[self.border],
            fill=0,
            p=self.p,
        )


class BrightnessContrast(Section):
    """Multiply by 1 ± contrast, then add ± brightness × 255; both are uniform."""

    name: Literal["brightness_contrast"]
    brightness: Fraction
    contrast: Fraction
    p: Fraction

    def build(self) -> A.BasicTransform:
        return A.RandomBrightnessContrast(
            brightness_limit=(-self.brightness, self.brightness),
            contrast_limit=(-self.contrast, self.contrast),
            brightness_by_max=True,
            p=self.p,
        )


class GaussNoise(Section):
    """Add noise; its variance, in squared grey levels, is uniform between the two values."""

    name: Literal["gauss_noise"]
    variance: Annotated[list[Annotated[Number, Field(ge=0)]], Field(min_length=2, max_length=2)]
    p: Fraction

    @field_validator("variance")
    @classmethod
    def _low_before_high(cls, variance: list[float]) -> list[float]:
        if variance[0] > variance[1]:
            raise ValueError(f"{variance} is wrong: the first value is the lower bound")
        return variance

    def build(self) -> A.BasicTransform:
        return GaussNoiseV1((self.variance[0], self.variance[1]), self.p)


class CoarseDropout(Section):
    """Draw exactly `holes` black rectangles of height × width pixels, which may overlap."""

    name: Literal["coarse_dropout"]
    holes: Count
    height: Pixels
    width: Pixels
    p: Fraction

    def build(self) -> A.BasicTransform:
        return A.CoarseDropout(
            num_holes_range=(self.holes, self.holes),
            hole_height_range=(self.height, self.height),
            hole_width_range=(self.width, self.width),
            fill=0,
            p=self.p,
        )


Augmentation = Annotated[
    Flip | ShiftScaleRotate | Rotate | BrightnessContrast | GaussNoise | CoarseDropout,
    Field(discriminator="name"),
]


class Augmenter:
    """The augmentations of a configuration, applied in its order."""

    def __init__(self, options: list[Augmentation], seed: int) -> None:
        self.seed = seed
        self.numpy_random = np.random.Generator(np.random.Philox(0))
        self.python_random = random.Random()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of an ignored argument: "Argument … is not valid"
            self.compose = A.Compose([augmentation.build() for augmentation in options])
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
        self.numpy_random.bit_generator.state = _philox_state(draw)
        image: np.ndarray = self.compose(image=face)["image"]
        return image


def _philox_state(key: int) -> dict[str, Any]:
    """The initial state of a Philox generator with this key; each key gives its own stream."""
    return {
        "bit_generator": "Philox",
        "state": {"counter": np.zeros(4, np.uint64), "key": np.array([key, 0], np.uint64)},
        "buffer": np.zeros(4, np.uint64),
        "buffer_pos": 4,  # empty
        "has_uint32": 0,
        "uinteger": 0,
    }
