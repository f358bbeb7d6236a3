"""Face detectors on pictures that packages carry: hits, false alarms, milliseconds.

    python -m benchmarks.detectors

Ours (BlazeFace with and without its closer look at larger pictures) beside OpenCV's Haar cascade.
A portrait (Matplotlib's, and where scikit-image is installed its astronaut) is turned, darkened,
shrunk, moved over the border and repeated, so where faces are is known. Pictures without a face:
scikit-learn's two and plain ones of noise. A hit is a box that overlaps a face by more than 0.3
(intersection / union); every further box is a false alarm. One thread; detectors take turns. Times
are the processor's, on which other work of the machine has little influence.
"""

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from fer2013.predict import detection
from fer2013.predict.detection import Detector
from fer2013.predict.pictures import Box, read_picture

Find = Callable[[np.ndarray], list[Box]]
Case = tuple[str, np.ndarray, list[Box]]
HIT = 0.3
ROUNDS = 3
SIDE = 400  # pixels a side of the cases


def portraits() -> Iterator[tuple[np.ndarray, Box]]:
    """A square piece of each picture around its face, uint8 [S, S, 3], and where the face is."""
    from matplotlib import cbook  # noqa: PLC0415

    hopper = read_picture(Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    yield hopper[30:430, 60:460], Box(118, 70, 160, 160)
    if find_spec("skimage"):
        from skimage.data import astronaut  # noqa: PLC0415

        yield np.asarray(astronaut())[0:300, 60:360], Box(114, 74, 102, 102)


def cases() -> Iterator[Case]:
    for portrait, box in portraits():
        yield "as it is", portrait, [box]
        for angle in (15, 30, 45, 90):
            yield f"turned by {angle}°", *turned(portrait, box, angle)
        yield "dark, a fifth of the light", (portrait * 0.2).astype(np.uint8), [box]
        for side in (64, 32, 16):
            yield f"face of {side} pixels in 640", *placed(portrait, box, side, 640, [(0.3, 0.4)])
        many = [(x / 5 + 0.1, y / 4 + 0.12) for x in range(5) for y in range(4)]
        yield "twenty of 48 pixels in 640", *placed(portrait, box, 48, 640, many)
        cut = round(box.left + box.width / 4)
        yield "a quarter beyond the border", portrait[:, cut:], [box._replace(left=box.left - cut)]
    yield from without_faces()


def turned(picture: np.ndarray, box: Box, angle: int) -> tuple[np.ndarray, list[Box]]:
    """About the face's centre."""
    centre = (box.left + box.width / 2, box.top + box.height / 2)
    matrix = cv2.getRotationMatrix2D(centre, angle, 1)
    size = (picture.shape[1], picture.shape[0])
    return cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REFLECT), [box]


def placed(
    portrait: np.ndarray, box: Box, side: int, size: int, places: list[tuple[float, float]]
) -> tuple[np.ndarray, list[Box]]:
    """A grey picture with the face, `side` pixels wide, centred at some places (in shares)."""
    margin = 0.4
    left, top = round(box.left - margin * box.width), round(box.top - margin * box.height)
    wide = round((1 + 2 * margin) * box.width)
    piece = portrait[max(top, 0) : top + wide, max(left, 0) : left + wide]
    scale = side / box.width
    small = cv2.resize(piece, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture, boxes = np.full((size, size, 3), 128, np.uint8), []
    for x, y in places:
        row, column = round(y * size - small.shape[0] / 2), round(x * size - small.shape[1] / 2)
        row, column = max(row, 0), max(column, 0)
        target = picture[row : row + small.shape[0], column : column + small.shape[1]]
        target[:] = small[: target.shape[0], : target.shape[1]]
        inside = ((box.left - max(left, 0)) * scale, (box.top - max(top, 0)) * scale)
        boxes.append(Box(column + inside[0], row + inside[1], side, side))
    return picture, boxes


def without_faces() -> Iterator[Case]:
    from sklearn.datasets import load_sample_images  # noqa: PLC0415

    for image in load_sample_images().images:  # a temple and a flower
        yield "no face: photographs", np.ascontiguousarray(image), []
    rng = np.random.default_rng(0)
    for sigma in (0, 2, 8, 24):
        noise = rng.normal(128, 60, (SIDE, SIDE, 3)).astype(np.float32)
        blurred = cv2.GaussianBlur(noise, (0, 0), sigma) if sigma else noise
        spread = (blurred - blurred.mean()) / blurred.std() * 60 + 128
        yield "no face: noise", spread.clip(0, 255).astype(np.uint8), []
    if find_spec("skimage"):
        import skimage.data  # noqa: PLC0415

        for name in ("coffee", "chelsea", "rocket", "camera", "coins", "brick", "grass"):
            image = np.asarray(getattr(skimage.data, name)())
            colour = image if image.ndim == 3 else np.dstack([image] * 3)
            if name != "camera":  # a man from the side
                yield "no face: photographs", np.ascontiguousarray(colour[..., :3]), []


def blazeface(*, closer: bool) -> Find:
    detector = Detector(threads=1)

    def find(picture: np.ndarray) -> list[Box]:
        detection.WORTH_A_CLOSER_LOOK = 256 if closer else 10**9
        return [found.box for found in detector(picture)]

    return find


def haar() -> Find:
    cascade = cv2.CascadeClassifier(
        str(Path(cv2.__file__).parent / "data/haarcascade_frontalface_default.xml")
    )

    def find(picture: np.ndarray) -> list[Box]:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        return [Box(*map(float, box)) for box in cascade.detectMultiScale(grey, 1.1, 5)]

    return find


def count(found: list[Box], faces: list[Box]) -> tuple[int, int]:
    """Hits and false alarms."""
    hits = sum(any(detection.overlap(box, face) > HIT for box in found) for face in faces)
    return hits, len(found) - hits


def main() -> None:
    cv2.setNumThreads(1)
    detectors = {
        "BlazeFace": blazeface(closer=False),
        "BlazeFace, closer look": blazeface(closer=True),
        "Haar": haar(),
    }
    rows: dict[str, dict[str, list[int]]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in detectors}
    for case, picture, faces in cases():
        row = rows.setdefault(case, {name: [0, 0, 0] for name in detectors})
        for name, find in detectors.items():
            hits, alarms = count(find(picture), faces)
            row[name] = [a + b for a, b in zip(row[name], (hits, len(faces), alarms), strict=True)]
        for _ in range(ROUNDS):
            for name, find in detectors.items():
                started = time.process_time()
                find(picture)
                seconds[name].append(time.process_time() - started)
    print(f"| hits of faces, + false alarms | {' | '.join(detectors)} |\n|---|{'---|' * 3}")
    for case, row in rows.items():
        cells = [f"{hits} of {of}, + {alarms}" for hits, of, alarms in row.values()]
        print(f"| {case} | {' | '.join(cells)} |")
    times = [f"{median(values) * 1000:.1f} ms" for values in seconds.values()]
    print(f"| median of a picture | {' | '.join(times)} |")


if __name__ == "__main__":
    main()
