"""Copies of a photograph. FER2013 holds many pictures twice or more: with identical pixels, or cut
out a little differently, with another watermark, compressed, brighter, or mirrored.

Near copies are found in two steps:

1. Candidates. Each face's middle (36 × 36) is described by 42 low frequencies of its cosine
   transform, which light, compression and marks hardly change (as in perceptual hashing, Zauner
   2010). It is compared with 43 views of every other face, shifted by up to four pixels, a ninth
   larger or smaller, and with the same views of its mirror image: all pairs, a tile at a time.
   Descriptions are whole numbers, so small that float32 adds their products exactly. So the sums do
   not depend on the order, and thereby not on the number of threads.
2. Similarity. A candidate's faces, freed of what varies slowly (light) or from pixel to pixel
   (noise), are laid over each other, shifted by up to six pixels and scaled by up to 16 %, where
   they correlate best. From `SAME_PHOTOGRAPH` on they are copies.

Both thresholds were chosen on pairs that were judged by eye (benchmarks/copies.py).
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from scipy.fft import dct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits

from fer2013.core.constants import SIDE

SAME_PHOTOGRAPH = 0.89  # correlation
CANDIDATE = 0.845  # cosine similarity of descriptions

# Squares of a face that are described: down, right (pixels from its middle), side.
MIDDLE = (0, 0, 36)
VIEWS = [
    (down, right, side)
    for side, shifts in ((36, (-4, -2, 0, 2, 4)), (32, (-3, 0, 3)), (40, (-3, 0, 3)))
    for down, right in product(shifts, shifts)
]
REDUCED = 16  # pixels: the size at which a square is described
FREQUENCY = np.add.outer(np.arange(REDUCED), np.arange(REDUCED))
DESCRIBED = (FREQUENCY >= 2) & (FREQUENCY <= 8)  # 42 of them
LENGTH = 4000  # of a description; its square is below 2 ** 24, up to which float32 counts exactly
FLAT = 150_000  # a spectrum shorter than this describes no face: FER2013's shortest is 700,000
ROWS, COLUMNS = 512, 2048  # of a tile, which a processor's cache holds

MARGIN = 6  # pixels by which faces are shifted over each other
SCALES = {36: (1.0, 0.96, 1.04), 32: (1.12, 1.08, 1.16), 40: (0.88, 0.92, 0.84)}  # by view


Item = TypeVar("Item")
Result = TypeVar("Result")


class Pairs(NamedTuple):
    """Pairs of faces, the first index lower than the second; a pair may occur mirrored and not."""

    first: np.ndarray  # int64 [pairs]
    second: np.ndarray  # int64 [pairs]
    mirrored: np.ndarray  # bool [pairs]

    def where(self, chosen: np.ndarray) -> "Pairs":
        return Pairs(*(values[chosen] for values in self))


def photographs(pixels: np.ndarray, same_as: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Each face's photograph, as the index of the first face of it. → int64 [faces]

    Training faces are grouped among themselves, so that a split does not depend on test faces.
    Pairs form chains: of a photograph cut out thrice, two may differ too much. A test face belongs
    to the photograph of the training face that it is most similar to, if it is a copy of one.

    Args:
        pixels: uint8 [faces, 48, 48].
        same_as: int [faces], the first face with identical pixels.
        training: bool [faces], is it a Training row?
    """
    if not len(pixels):
        return same_as
    distinct = np.flatnonzero(same_as == np.arange(len(same_as)))
    pairs, similarity = near_copies(pixels[distinct])
    first, second = distinct[pairs.first], distinct[pairs.second]
    # Pixels that occur in Training belong to it, wherever the first face with them is.
    in_training = np.zeros(len(same_as), bool)
    in_training[same_as[training]] = True
    alike = in_training[first] == in_training[second]
    photograph = _chained(first[alike], second[alike], len(same_as))
    mixed = np.flatnonzero(~alike)
    for pair in mixed[np.argsort(similarity[mixed], kind="stable")]:  # the best one last
        test, train = sorted((first[pair], second[pair]), key=lambda face: bool(in_training[face]))
        photograph[test] = photograph[train]
    return _first_of_each(photograph[same_as])


def _chained(first: np.ndarray, second: np.ndarray, faces: int) -> np.ndarray:
    """The group of each face: those that pairs connect. → int [faces]"""
    graph = coo_array((np.ones(len(first), bool), (first, second)), (faces, faces))
    groups: np.ndarray = connected_components(graph, directed=False)[1]
    return groups


def _first_of_each(groups: np.ndarray) -> np.ndarray:
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    result: np.ndarray = first[group]
    return result


def near_copies(pixels: np.ndarray) -> tuple[Pairs, np.ndarray]:
    """The pairs of faces that show the same photograph, and their similarity.

    uint8 [faces, 48, 48] → pairs, float64 [pairs]
    """
    pairs, views = candidates(pixels)
    similarity = compared(pixels, pairs, views)
    same = similarity >= SAME_PHOTOGRAPH
    return pairs.where(same), similarity[same]


def candidates(pixels: np.ndarray) -> tuple[Pairs, np.ndarray]:
    """The pairs whose descriptions are similar, and in which of the `VIEWS` they are most.

    uint8 [faces, 48, 48] → pairs, int64 [pairs]
    """
    middle = _described(pixels, MIDDLE)
    found = []
    for mirrored, faces in ((False, pixels), (True, pixels[:, :, ::-1])):
        views = _in_threads(partial(_described, faces), VIEWS)
        tops = range(0, len(middle), ROWS)
        for first, second in _in_threads(partial(_similar, middle, views), tops):
            products = [(middle[first] * view[second]).sum(axis=1) for view in views]
            turned = np.full(len(first), mirrored)
            found.append((first, second, turned, np.argmax(products, axis=0)))
    first, second, turned, best = (np.concatenate(values) for values in zip(*found, strict=True))
    return Pairs(first, second, turned), best


def _in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results in order; each thread multiplies by itself, as many small products need."""
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(function, items))


def _similar(
    middle: np.ndarray, views: list[np.ndarray], top: int
) -> tuple[np.ndarray, np.ndarray]:
    """The faces that are similar to one of some rows: indices, the first lower than the second."""
    rows = middle[top : top + ROWS]
    found = []
    for left in range(top, len(middle), COLUMNS):
        tile = rows @ views[0][left : left + COLUMNS].T  # [ROWS, COLUMNS]
        for view in views[1:]:
            np.maximum(tile, rows @ view[left : left + COLUMNS].T, out=tile)
        first, second = np.nonzero(tile >= CANDIDATE * LENGTH**2)
        found.append((first + top, second + left))
    first, second = (np.concatenate(indices) for indices in zip(*found, strict=True))
    return first[first < second], second[first < second]


def _described(pixels: np.ndarray, view: tuple[int, int, int]) -> np.ndarray:
    """Describe a square of each face. uint8 [faces, 48, 48] → float32 [faces, 42], whole numbers"""
    down, right, side = view
    start = (SIDE - side) // 2
    rows, columns = _cosines(start + down, side), _cosines(start + right, side)
    patterns = np.einsum("uy,vx->uvyx", rows, columns)[DESCRIBED]  # → [42, 48, 48]
    patterns *= FREQUENCY[DESCRIBED, None, None]  # pictures have less of the higher frequencies
    # Whole numbers here too: float64 adds their products exactly.
    patterns = np.rint(1000 * patterns).reshape(len(patterns), -1)
    spectrum = np.concatenate(
        [block.reshape(len(block), -1) @ patterns.T for block in _blocks(pixels)]
    )
    length = np.sqrt((spectrum**2).sum(axis=1, keepdims=True))
    return np.rint(spectrum / np.maximum(length, FLAT) * LENGTH).astype(np.float32)


def _blocks(pixels: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(pixels), 1024):
        yield pixels[start : start + 1024].astype(np.float64)


def _cosines(start: int, side: int) -> np.ndarray:
    """Rows of the cosine transform of a stretch of pixels reduced to 16. → float64 [16, 48]"""
    edges = np.arange(REDUCED + 1) * side / REDUCED + start  # of the 16 means, in pixels
    left, right = edges[:-1, None], edges[1:, None]
    pixel = np.arange(SIDE)
    covered = np.clip(np.minimum(right, pixel + 1) - np.maximum(left, pixel), 0, None)
    result: np.ndarray = dct(covered / (side / REDUCED), axis=0, norm="ortho")
    return result


def compared(pixels: np.ndarray, pairs: Pairs, views: np.ndarray) -> np.ndarray:
    """How similar the faces are where they fit best, -1 to 1. → float64 [pairs]"""
    plain = _without_light(pixels)

    def correlation(pair: tuple[int, int, bool, int]) -> float:
        first, second, mirrored, view = pair
        other = np.ascontiguousarray(plain[second, :, ::-1]) if mirrored else plain[second]
        return _best_correlation(plain[first], other, SCALES[VIEWS[view][2]])

    numbers = (values.tolist() for values in (*pairs, views))
    return np.array(_in_threads(correlation, zip(*numbers, strict=True)), np.float64)


def _without_light(pixels: np.ndarray) -> np.ndarray:
    """Keep what varies over one to four pixels. uint8 [faces, 48, 48] → float32 [faces, 48, 48]"""
    result = np.empty(pixels.shape, np.float32)
    for target, face in zip(result, pixels, strict=True):
        exact = face.astype(np.float32)
        target[:] = cv2.GaussianBlur(exact - cv2.GaussianBlur(exact, (0, 0), 4), (0, 0), 1)
    return result


def _best_correlation(face: np.ndarray, other: np.ndarray, scales: tuple[float, ...]) -> float:
    """Of the first one's middle with the other one, over all shifts and scales."""
    middle = np.ascontiguousarray(face[MARGIN:-MARGIN, MARGIN:-MARGIN])
    return max(
        float(cv2.matchTemplate(_scaled(other, scale), middle, cv2.TM_CCOEFF_NORMED).max())
        for scale in scales
    )


def _scaled(face: np.ndarray, scale: float) -> np.ndarray:
    """Enlarge a face about its centre, or make it smaller."""
    offset = (1 - scale) * (SIDE - 1) / 2
    matrix = np.array([[scale, 0, offset], [0, scale, offset]], np.float32)
    return cv2.warpAffine(face, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
