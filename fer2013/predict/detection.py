"""Face detection by BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047) with onnxruntime.

The weights are MediaPipe's short-range ones; detector/README.md describes their origin and the
conversion to ONNX. The input has 128×128 pixels, and a face in it should be at least 10 pixels
large. So in larger pictures, faces are also searched in overlapping windows of half the size.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from fer2013.predict.onnx_backend import open_session
from fer2013.predict.pictures import Box

WEIGHTS = Path(__file__).parent / "detector/blazeface_short_range.onnx"
INPUT = 128  # pixels a side
GRIDS = ((16, 2), (8, 6))  # cells per side, anchors per cell
MIN_SCORE = 0.5
SAME_FACE = 0.3  # boxes with a larger intersection / union are of the same face
INSIDE_ANOTHER = 0.7  # so are boxes if a larger fraction of the smaller one is in the other
WORTH_A_CLOSER_LOOK = 2 * INPUT  # pixels of the longer side


class Detection(NamedTuple):
    box: Box
    score: float


class Window(NamedTuple):
    """A square that is one input of the network; it may extend beyond the picture."""

    left: int
    top: int
    side: int


class Detector:
    """Finds faces in pictures. Several threads may share a detector."""

    def __init__(self, threads: int | None = None) -> None:
        self.session = open_session(WEIGHTS, threads)

    def __call__(self, rgb: np.ndarray, min_score: float = MIN_SCORE) -> list[Detection]:
        """Find faces, from left to right, in a picture uint8 [H, W, 3] (RGB)."""
        found = [
            detection
            for window in windows(rgb.shape[0], rgb.shape[1])
            for detection in self._in_window(rgb, window, min_score)
        ]
        return sorted(one_for_each_face(found), key=lambda detection: detection.box)

    def _in_window(self, rgb: np.ndarray, window: Window, min_score: float) -> Iterator[Detection]:
        pixels = network_input(rgb, window)
        regressors, logits = self.session.run(["regressors", "classificators"], {"input": pixels})
        scores = 1 / (1 + np.exp(-logits[0, :, 0].clip(-80, 80)))  # [896]
        chosen = scores >= min_score
        # For each anchor: centre and size, then six points (eyes, nose, mouth, ears; unused).
        boxes = regressors[0, chosen, :4] / INPUT  # [n, 4], as fractions of the window
        boxes[:, :2] += ANCHORS[chosen]
        found = []
        for (x, y, width, height), score in zip(boxes, scores[chosen], strict=True):
            box = Box(
                float(window.left + (x - width / 2) * window.side),
                float(window.top + (y - height / 2) * window.side),
                float(width * window.side),
                float(height * window.side),
            )
            found.append(Detection(box, float(score)))
        for detection in merged(found):
            if not cut_off(detection.box, window, rgb.shape[1], rgb.shape[0]):
                yield detection


def anchors() -> np.ndarray:
    """The centres relative to which the 896 boxes are predicted. → float32 [896, 2], x and y"""
    centres = []
    for cells, each in GRIDS:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        centres.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(centres)


ANCHORS = anchors()


def windows(height: int, width: int) -> Iterator[Window]:
    """The whole picture, padded to a square; in a large one also squares of half its longer side.

    These overlap by half, so a face of up to a quarter of the longer side is complete in one.
    """
    side = max(height, width)
    yield Window((width - side) // 2, (height - side) // 2, side)
    if side < WORTH_A_CLOSER_LOOK:
        return
    half = side // 2
    for top in steps(height, half):
        for left in steps(width, half):
            yield Window(left, top, half)


def steps(length: int, side: int) -> list[int]:
    """The starts of windows that cover a length and overlap by at least half of their side."""
    if length <= side:
        return [(length - side) // 2]
    count = -(-2 * (length - side) // side) + 1
    return [round(place * (length - side) / (count - 1)) for place in range(count)]


def network_input(rgb: np.ndarray, window: Window) -> np.ndarray:
    """The pixels of a window, black outside the picture. → float32 [1, 3, 128, 128] in -1..1"""
    height, width = rgb.shape[:2]
    top, left = max(window.top, 0), max(window.left, 0)
    bottom, right = min(window.top + window.side, height), min(window.left + window.side, width)
    scale = INPUT / window.side
    # The part of the 128×128 pixels that the picture covers.
    y0, x0 = round((top - window.top) * scale), round((left - window.left) * scale)
    y1 = max(y0 + 1, round((bottom - window.top) * scale))
    x1 = max(x0 + 1, round((right - window.left) * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pixels = np.zeros((INPUT, INPUT, 3), np.uint8)
    pixels[y0:y1, x0:x1] = cv2.resize(
        rgb[top:bottom, left:right], (x1 - x0, y1 - y0), interpolation=interpolation
    )
    return (pixels.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]


def merged(found: list[Detection]) -> list[Detection]:
    """Average overlapping boxes of a window, weighted by their scores, as MediaPipe does."""
    left = sorted(found, key=lambda detection: -detection.score)
    faces = []
    while left:
        best = left[0]
        same = [other for other in left if overlap(best.box, other.box) > SAME_FACE] or [best]
        weights = np.array([detection.score for detection in same])
        boxes = np.array([detection.box for detection in same])  # [n, 4]
        mean = (boxes * weights[:, None]).sum(axis=0) / weights.sum()
        faces.append(Detection(Box(*map(float, mean)), best.score))
        left = [other for other in left if other not in same]
    return faces


def one_for_each_face(found: list[Detection]) -> list[Detection]:
    """If several windows detect the same face, keep the detection with the highest score."""
    faces: list[Detection] = []
    for detection in sorted(found, key=lambda detection: -detection.score):
        if not any(same_face(detection.box, face.box) for face in faces):
            faces.append(detection)
    return faces


def same_face(one: Box, other: Box) -> bool:
    smaller = min(one.width * one.height, other.width * other.height)
    return overlap(one, other) > SAME_FACE or intersection(one, other) > INSIDE_ANOTHER * smaller


def intersection(one: Box, other: Box) -> float:
    """In pixels."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return max(width, 0) * max(height, 0)


def overlap(one: Box, other: Box) -> float:
    """Intersection / union, 0 to 1."""
    both = intersection(one, other)
    union = one.width * one.height + other.width * other.height - both
    return both / union if union > 0 else 0


def cut_off(box: Box, window: Window, width: int, height: int) -> bool:
    """Is the face cut off by the window's border? Then another window contains all of it."""
    right, bottom = window.left + window.side, window.top + window.side
    return (
        (box.left < window.left and window.left > 0)
        or (box.top < window.top and window.top > 0)
        or (box.left + box.width > right and right < width)
        or (box.top + box.height > bottom and bottom < height)
    )
