"""Pictures → grey 48×48 crops of faces, like those of FER2013 on which the models were trained.

All predictions prepare faces with this module. Crops are uint8, as in FER2013; the normalisation is
part of the model.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from fer2013.core.constants import SIDE

# The position of the detector's box in FER2013's crops, measured on 1,500 training faces
# (benchmarks/README.md): its side is 0.86 of the crop's, and its centre is 0.08 below the crop's.
BOX_IN_CROP = 0.86
BOX_BELOW_CENTRE = 0.08


class Box(NamedTuple):
    """A rectangle in pixels of the picture; it may extend beyond the picture."""

    left: float
    top: float
    width: float
    height: float


def to_grey(picture: np.ndarray) -> np.ndarray:
    """uint8 [H, W], [H, W, 3] (RGB) or [H, W, 4] → uint8 [H, W]. Grey pixels are unchanged."""
    if picture.ndim == 2:
        return picture
    code = cv2.COLOR_RGB2GRAY if picture.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    return cv2.cvtColor(np.ascontiguousarray(picture), code)


def crop_face(grey: np.ndarray, box: Box) -> np.ndarray:
    """Cut out a detected face as FER2013's faces are cut. uint8 [H, W] → uint8 [48, 48]"""
    side = max(1, round(max(box.width, box.height) / BOX_IN_CROP))
    left = round(box.left + box.width / 2 - side / 2)
    top = round(box.top + box.height / 2 - side * BOX_BELOW_CENTRE - side / 2)
    return to_side(_square(grey, left, top, side))


def _square(grey: np.ndarray, left: int, top: int, side: int) -> np.ndarray:
    """Cut out a square; outside the picture, the pixels of its border are repeated."""
    height, width = grey.shape
    # The square must contain at least one pixel of the picture.
    top, left = min(max(top, 1 - side), height - 1), min(max(left, 1 - side), width - 1)
    rows = slice(max(top, 0), min(top + side, height))
    columns = slice(max(left, 0), min(left + side, width))
    inside = grey[rows, columns]
    above, before = max(0, rows.start - top), max(0, columns.start - left)
    below, after = side - above - inside.shape[0], side - before - inside.shape[1]
    if not (above or below or before or after):
        return inside
    return cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REPLICATE)


def to_side(grey: np.ndarray) -> np.ndarray:
    """Resize to 48×48, if it has another size. uint8 [H, W] → uint8 [48, 48]"""
    if grey.shape == (SIDE, SIDE):
        return grey
    reduces = min(grey.shape) >= SIDE
    interpolation = cv2.INTER_AREA if reduces else cv2.INTER_LINEAR
    return cv2.resize(grey, (SIDE, SIDE), interpolation=interpolation)


def as_faces(crops: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """Crops of faces → the input of a model, uint8 [N, 1, 48, 48].

    Args:
        crops: uint8 [N, H, W], [N, 1, H, W], [N, H, W, 3] (RGB) or [N, H, W, 4], or a sequence of
            [H, W], [H, W, 3] or [H, W, 4] of any sizes.

    Raises:
        TypeError: they are not uint8.
        ValueError: they have another shape, or no pixels.
    """
    if isinstance(crops, np.ndarray) and crops.ndim == 4 and crops.shape[1] == 1:
        crops = crops[:, 0]
    faces = np.empty((len(crops), 1, SIDE, SIDE), np.uint8)
    for place, crop in enumerate(crops):
        array = np.asarray(crop)
        if array.dtype != np.uint8:
            raise TypeError(f"crops are uint8, 0 to 255; number {place} is {array.dtype}")
        channels = array.shape[2] if array.ndim == 3 else 1
        if array.ndim not in (2, 3) or channels not in (1, 3, 4) or array.size == 0:
            raise ValueError(
                f"a crop is [H, W], [H, W, 3] or [H, W, 4]; number {place} is {array.shape}"
            )
        grey = array[:, :, 0] if array.ndim == 3 and channels == 1 else to_grey(array)
        faces[place, 0] = to_side(grey)
    return faces
