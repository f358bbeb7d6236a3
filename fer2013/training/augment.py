"""Random changes to training faces, by albumentations, as a function of what seeds them.

The published chains were written for albumentations 1. Version 2 renamed arguments, ignores the
old ones with a warning, and pads with black, so each entry below says what it stands for:

    version 1                                       here
    HorizontalFlip                                  the same
    ShiftScaleRotate(.1, .1, 15)                    ours: version 2's scales width and height apart,
                                                    truncates shifts to whole pixels, pads black
    Rotate(limit=15)                                the same, told to reflect at the border
    torchvision's RandomRotation(10)                the same, told to take the nearest pixel and
                                                    to pad black
    RandomBrightnessContrast(.2, .2)                the same
    GaussNoise(var_limit=(10, 50))                  ours: version 2 draws the standard deviation, as
                                                    a share of 255; version 1 draws the variance
                                                    (it also cut off where ours rounds, and so was
                                                    half a grey level darker)
    CoarseDropout(max_holes=8, max_height=8,        exactly 8 black holes of 8×8, which is what
                  max_width=8)                      those arguments meant

A Compose draws from two generators. Building them anew for every face, as `set_random_seed` does,
halves its speed; `Chain` sets the state of the same two instead, which costs two per cent.
"""

import os
import random
import warnings
from typing import Annotated, Any, Literal

import numpy as np

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for a newer version
import albumentations as A
import cv2
from pydantic import Field, field_validator

from fer2013.base.sections import Count, Fraction, Number, Section
from fer2013.base.seeds import derive_seed

cv2.setNumThreads(0)  # each worker is one thread


class ShiftScaleRotateV1(A.ImageOnlyTransform):
    """Version 1's: one scale for both axes, shifts by parts of a pixel, edges reflected."""

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
    """Version 1's: the variance, in squared grey levels, is drawn evenly between two values."""

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
Degrees = Annotated[Number, Field(ge=0, le=180)]


class Flip(Section):
    """Mirror left and right."""

    name: Literal["flip"]
    p: Fraction

    def build(self) -> A.BasicTransform:
        return A.HorizontalFlip(p=self.p)


class ShiftScaleRotate(Section):
    """Fractions of width and height, of the size, and degrees; each drawn from ± its value."""

    name: Literal["shift_scale_rotate"]
    shift: Fraction
    scale: Annotated[Number, Field(ge=0, lt=1)]
    rotate: Degrees
    p: Fraction

    def build(self) -> A.BasicTransform:
        return ShiftScaleRotateV1(self.shift, self.scale, self.rotate, self.p)


class Rotate(Section):
    """Degrees drawn from ± its value."""

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
    """Contrast is multiplied by 1 ± its value, then ± brightness × 255 is added."""

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
    """Variance in squared grey levels, drawn between the two values for each face."""

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
    """Exactly this many black rectangles of exactly this size, in pixels; they may overlap."""

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


class Chain:
    """The augmentations of a configuration, in its order."""

    def __init__(self, options: list[Augmentation], seed: int) -> None:
        self.seed = seed
        self.numpy_random = np.random.Generator(np.random.Philox(0))
        self.python_random = random.Random()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "Argument … is not valid" must not pass
            self.compose = A.Compose([augmentation.build() for augmentation in options])
        self.compose.set_random_state(self.numpy_random, self.python_random)

    def __call__(self, face: np.ndarray, epoch: int, index: int) -> np.ndarray:
        """Augment the face at an index of the epoch's order. uint8 [48, 48] → uint8 [48, 48]

        The result depends on (seed, epoch, index) only. The index in the epoch's order stands for
        the sample: a sampler that draws a face twice an epoch wants two different pictures of it.
        """
        if not self.compose.transforms:
            return face
        draw = derive_seed(self.seed, "augment", epoch, index)
        self.python_random.seed(draw)
        self.numpy_random.bit_generator.state = _philox_state(draw)
        image: np.ndarray = self.compose(image=face)["image"]
        return image


def _philox_state(key: int) -> dict[str, Any]:
    """The start of the stream with this key: Philox counts, so any key is a good start."""
    return {
        "bit_generator": "Philox",
        "state": {"counter": np.zeros(4, np.uint64), "key": np.array([key, 0], np.uint64)},
        "buffer": np.zeros(4, np.uint64),
        "buffer_pos": 4,  # empty
        "has_uint32": 0,
        "uinteger": 0,
    }
