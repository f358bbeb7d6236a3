"""Pictures as files, PIL images or arrays → RGB arrays."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

from fer2013.runtime.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

Picture: TypeAlias = "str | os.PathLike[str] | Image | np.ndarray"


def as_rgb(picture: Picture) -> np.ndarray:
    """Convert a picture to uint8 [H, W, 3], RGB, rotated as its EXIF data says.

    Args:
        picture: the path of a file; a PIL image; or uint8 [H, W] (grey), [H, W, 3] (RGB) or
            [H, W, 4] (RGBA; A is ignored). Convert OpenCV's own arrays, which are BGR, first.

    Raises:
        BadInput: the file is missing or not a picture.
        ValueError, TypeError: an array has another shape or type, or it is not a picture.
    """
    if isinstance(picture, np.ndarray):
        return _of_array(picture)
    if isinstance(picture, (str, os.PathLike)):
        return read_picture(Path(picture))
    if hasattr(picture, "getexif"):
        return _of_pil(picture)
    raise TypeError(f"a picture is a path, a PIL image or an array, not {type(picture).__name__}")


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


def _of_array(array: np.ndarray) -> np.ndarray:
    if array.dtype != np.uint8:
        raise TypeError(f"a picture's array is uint8, 0 to 255, not {array.dtype}")
    if array.size == 0:
        raise ValueError(f"a picture of shape {array.shape} has no pixels")
    if array.ndim == 2:
        return np.repeat(array[:, :, None], 3, axis=2)
    if array.ndim == 3 and array.shape[2] in (3, 4):
        return array[:, :, :3]
    raise ValueError(f"a picture's array is [H, W], [H, W, 3] or [H, W, 4], not {array.shape}")


def _of_pil(image: Any) -> np.ndarray:
    from PIL import ImageOps  # noqa: PLC0415  whoever passes a PIL image has PIL

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # 16 bits, which convert() would clip at 255
        return _of_array((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    return np.asarray(image.convert("RGB"))
