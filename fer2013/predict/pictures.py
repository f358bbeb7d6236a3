"""Pictures as files, PIL images or arrays → RGB, and the grey 48×48 crops of their faces.

All predictions prepare faces with this module, so that they look like those of FER2013 on which the
models were trained. Crops are uint8, as in FER2013; the normalisation is part of the model.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import cv2
import numpy as np

from fer2013.core.constants import SIDE
from fer2013.runtime.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

Picture: TypeAlias = "str | os.PathLike[str] | Image | np.ndarray"

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


def as_rgb(picture: Picture) -> np.ndarray:
    """Convert a picture to uint8 [H, W, 3], RGB, rotated as its EXIF data says.

    Args:
        picture: the path of a file; a PIL image; or uint8 [H, W] (grey), [H, W, 3] (RGB) or
            [H, W, 4] (RGBA; A is ignored). Convert OpenCV's own arrays, which are BGR, first.

    Raises:
        BadInput: the file is missing or not a picture.
        ValueError, TypeError: an array has another shape or type, or it is not a picture.
    """
    if isinstance(picture, (str, os.PathLike)):
        return read_picture(Path(picture))
    if hasattr(picture, "getexif"):
        picture = _of_pil(picture)
    if not isinstance(picture, np.ndarray):
        kind = type(picture).__name__
        raise TypeError(f"a picture is a path, a PIL image or an array, not {kind}")
    array = _checked(picture, "the picture")
    return np.dstack([array] * 3) if array.ndim == 2 else array[:, :, :3]


def read_picture(path: Path) -> np.ndarray:
    """Read a file → uint8 [H, W, 3]

    Raises:
        BadInput: it is missing or not a picture.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}; check the path.") from None
    return decode(content, str(path))


def decode(content: bytes, name: str) -> np.ndarray:
    """Decode a picture file's bytes → uint8 [H, W, 3], RGB, rotated as its EXIF data says.

    Raises:
        BadInput: they are not a picture.
    """
    rgb = None
    if content:
        try:
            rgb = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        except cv2.error:  # such as more pixels than OpenCV reads
            rgb = None
    if rgb is None:
        raise BadInput(f"{name} is damaged or not a picture that OpenCV can read; save it again.")
    return rgb


def _of_pil(image: Any) -> np.ndarray:
    from PIL import ImageOps  # noqa: PLC0415  whoever passes a PIL image has PIL

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits, which convert() would clip at 255
        return (np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)
    return np.asarray(image.convert("RGB"))


def _checked(array: np.ndarray, name: str) -> np.ndarray:
    """Require uint8 [H, W], [H, W, 3] or [H, W, 4] of at least one pixel."""
    if array.dtype != np.uint8:
        raise TypeError(f"{name} is {array.dtype}, not uint8, 0 to 255")
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ValueError(f"{name} is {array.shape}, not [H, W], [H, W, 3] or [H, W, 4] with pixels")
    return array


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
        array = _checked(np.asarray(crop), f"crop number {place}")
        faces[place, 0] = to_side(to_grey(array))
    return faces
