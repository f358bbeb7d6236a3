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
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for a newer version
import albumentations as A
import cv2

from fer2013.base.seeds import derive_seed

cv2.setNumThreads(0)  # each worker is one thread


class ShiftScaleRotate(A.ImageOnlyTransform):
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


class GaussNoise(A.ImageOnlyTransform):
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


def rotate(o: Any) -> A.BasicTransform:
    return A.Rotate(
        limit=(-o.degrees, o.degrees),
        interpolation={"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR}[o.interpolation],
        border_mode={"black": cv2.BORDER_CONSTANT, "reflect": cv2.BORDER_REFLECT_101}[o.border],
        fill=0,
        p=o.p,
    )


def coarse_dropout(o: Any) -> A.BasicTransform:
    return A.CoarseDropout(
        num_holes_range=(o.holes, o.holes),
        hole_height_range=(o.height, o.height),
        hole_width_range=(o.width, o.width),
        fill=0,
        p=o.p,
    )


def brightness_contrast(o: Any) -> A.BasicTransform:
    return A.RandomBrightnessContrast(
        brightness_limit=(-o.brightness, o.brightness),
        contrast_limit=(-o.contrast, o.contrast),
        brightness_by_max=True,
        p=o.p,
    )


AUGMENTATIONS: dict[str, Callable[[Any], A.BasicTransform]] = {
    "flip": lambda o: A.HorizontalFlip(p=o.p),
    "shift_scale_rotate": lambda o: ShiftScaleRotate(o.shift, o.scale, o.rotate, o.p),
    "rotate": rotate,
    "brightness_contrast": brightness_contrast,
    "gauss_noise": lambda o: GaussNoise((o.variance[0], o.variance[1]), o.p),
    "coarse_dropout": coarse_dropout,
}


class Chain:
    """The augmentations of a configuration, in its order."""

    def __init__(self, options: list[Any], seed: int) -> None:
        self.seed = seed
        self.numpy_random = np.random.Generator(np.random.Philox(0))
        self.python_random = random.Random()
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "Argument … is not valid" must not pass
            self.compose = A.Compose([AUGMENTATIONS[o.name](o) for o in options])
        self.compose.set_random_state(self.numpy_random, self.python_random)

    def __call__(self, face: np.ndarray, epoch: int, place: int) -> np.ndarray:
        """Augment the face drawn at a place of an epoch. uint8 [48, 48] → uint8 [48, 48]

        The result depends on (seed, epoch, place) only. The place in the epoch's order stands for
        the sample: a sampler that draws a face twice an epoch wants two different pictures of it.
        """
        if not self.compose.transforms:
            return face
        draw = derive_seed(self.seed, "augment", epoch, place)
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
