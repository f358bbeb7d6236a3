"""The built-in data set: drawn faces whose brows, eyes and mouth depend on their class.

It replaces FER2013, which may not be redistributed: the same size and classes, nearly the same
class balance, and on purpose the same flaws (duplicates, some with conflicting labels, all-black
faces, test faces that also occur in training). Everything else varies at random: pose, skin, hair,
light, the strength of the expression, glasses, a hand in front of the face, blur and noise. A
person recognises most of the expressions; a linear model on pixels does not.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.sections import Count, Section, Seed

SCALE = 4  # faces are drawn this many times larger and then reduced
CLASS_FRACTIONS = (0.14, 0.06, 0.14, 0.23, 0.16, 0.12, 0.15)
DUPLICATES = 0.03  # fraction of the training rows that repeat another one
CONFLICTS = 3  # duplicates with another label than the original
BLANKS = 2
TEST_COPIES = 0.08  # fraction of the test rows that repeat a training row


class Sample(Section):
    rows: Annotated[int, Field(ge=140)]
    test_rows: Count
    seed: Seed


@dataclass(frozen=True)
class Expression:
    """Lengths are in half face widths; brows and mouth are relative to a neutral face."""

    brow_lift: float
    brow_slant: float  # inner ends down, outer ends up
    brow_arch: float
    eye_open: float  # 1 in a neutral face
    mouth_curve: float  # a smile is positive
    mouth_open: float
    mouth_width: float
    sneer: float  # one corner of the upper lip pulled up, the nose wrinkled


EXPRESSIONS = {
    "Angry": Expression(-0.09, 0.18, 0.00, 0.65, -0.08, 0.05, 0.34, 0.0),
    "Disgust": Expression(-0.06, 0.06, 0.02, 0.35, -0.10, 0.10, 0.28, 1.0),
    "Fear": Expression(0.10, -0.15, 0.03, 1.70, -0.06, 0.20, 0.44, 0.0),
    "Happy": Expression(0.04, 0.00, 0.09, 0.60, 0.26, 0.16, 0.52, 0.0),
    "Sad": Expression(0.02, -0.20, 0.00, 0.50, -0.22, 0.00, 0.30, 0.0),
    "Surprise": Expression(0.18, 0.00, 0.13, 1.80, 0.00, 0.50, 0.22, 0.0),
    "Neutral": Expression(0.00, 0.00, 0.04, 1.00, 0.00, 0.00, 0.34, 0.0),
}


def draw_data_set(
    rows: int, test_rows: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a whole data set with its flaws.

    Returns:
        training faces uint8 [rows, 48, 48], their labels int64 [rows],
        test faces uint8 [test_rows, 48, 48]
    """
    rng = np.random.default_rng(seed)
    labels = rng.choice(len(CLASSES), size=rows, p=CLASS_FRACTIONS)
    labels[: 3 * len(CLASSES)] = np.tile(np.arange(len(CLASSES)), 3)  # no class is missing
    rng.shuffle(labels)
    faces = np.stack([draw_face(CLASSES[label], rng) for label in labels])
    test_labels = rng.choice(len(CLASSES), size=test_rows, p=CLASS_FRACTIONS)
    test = np.stack([draw_face(CLASSES[label], rng) for label in test_labels])
    _plant_flaws(faces, labels, test, rng)
    return faces, labels, test


def draw_face(expression: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one face. → uint8 [48, 48]"""
    return _Face(_varied(EXPRESSIONS[expression], rng), rng).draw()


def _plant_flaws(
    faces: np.ndarray, labels: np.ndarray, test: np.ndarray, rng: np.random.Generator
) -> None:
    """Turn some faces into duplicates, conflicts, blanks and test copies, in place."""
    repeats = round(DUPLICATES * len(faces))
    chosen = rng.permutation(len(faces))
    copies, originals = chosen[:repeats], chosen[repeats : 2 * repeats]
    faces[copies], labels[copies] = faces[originals], labels[originals]
    labels[copies[:CONFLICTS]] = (labels[copies[:CONFLICTS]] + 1) % len(CLASSES)
    faces[chosen[2 * repeats : 2 * repeats + BLANKS]] = 0
    count = round(TEST_COPIES * len(test))
    test[rng.permutation(len(test))[:count]] = faces[chosen[len(chosen) - count :]]


def _varied(full: Expression, rng: np.random.Generator) -> Expression:
    """Mix an expression with the neutral one, and vary each of its values a little."""
    strength = rng.uniform(0.6, 1.15)
    neutral = np.array(astuple(EXPRESSIONS["Neutral"]))
    mixed = neutral + strength * (np.array(astuple(full)) - neutral)
    mixed += rng.normal(0, [0.025, 0.025, 0.015, 0.12, 0.025, 0.02, 0.03, 0.0])
    return Expression(*mixed)


class _Face:
    """A canvas and one face's pose. Points are (x, y) in half face widths from its centre."""

    def __init__(self, expression: Expression, rng: np.random.Generator) -> None:
        self.expression, self.rng = expression, rng
        self.canvas = np.zeros((SIDE * SCALE, SIDE * SCALE), np.uint8)
        angle, self.unit = (
            np.radians(rng.uniform(-15, 15)),
            rng.uniform(0.72, 0.92) * SIDE * SCALE / 2,
        )
        cos, sin = np.cos(angle), np.sin(angle)
        self.matrix = self.unit * np.array([[cos, -sin], [sin, cos]])
        self.centre = SIDE * SCALE * (0.5 + rng.uniform(-0.1, 0.1, size=2))
        self.look = rng.uniform([-0.14, -0.08], [0.14, 0.08])  # shifts the features
        self.skin = int(rng.integers(90, 225))
        self.dark = max(0, self.skin - int(rng.integers(70, 130)))
        self.eye_height, self.eye_apart = rng.uniform(-0.22, -0.1), rng.uniform(0.34, 0.44)

    def draw(self) -> np.ndarray:
        self.background()
        self.head()
        for side in (-1, 1):
            self.eye(side)
            self.brow(side)
        self.nose()
        self.mouth()
        if self.rng.random() < 0.15:
            self.glasses()
        if self.rng.random() < 0.15:
            self.hand()
        return self.photographed()

    def background(self) -> None:
        top, bottom = self.rng.uniform(20, 230, size=2)
        left, right = self.rng.uniform(-30, 30, size=2)
        rows = np.linspace(top, bottom, len(self.canvas))
        columns = np.linspace(left, right, len(self.canvas))
        self.canvas[:] = np.clip(rows[:, None] + columns, 0, 255)

    def head(self) -> None:
        hair = int(self.rng.integers(0, 120))
        self.blob((0, -0.2), (1.12, 1.25), hair)
        self.blob((0, 0.1), (self.rng.uniform(0.88, 1.0), self.rng.uniform(1.1, 1.25)), self.skin)

    def eye(self, side: int) -> None:
        centre = self.features(side * self.eye_apart, self.eye_height)
        opening = float(np.clip(0.1 * self.expression.eye_open, 0.02, 0.2))
        self.blob(centre, (0.17, opening), min(255, self.skin + 50))
        pupil = (centre[0] + self.rng.uniform(-0.03, 0.03), centre[1])
        self.blob(pupil, (0.075, min(0.085, opening)), self.dark // 2)
        lid = _arc(-0.18, 0.18, lambda t: -opening * (1 - t**2))
        self.line(lid + centre, self.dark, 0.035)

    def brow(self, side: int) -> None:
        e = self.expression
        height = self.eye_height - 0.25 - e.brow_lift
        inner_low = _arc(-0.2, 0.2, lambda t: -side * t * e.brow_slant - e.brow_arch * (1 - t**2))
        self.line(inner_low + self.features(side * self.eye_apart, height), self.dark, 0.11)

    def nose(self) -> None:
        shade = (self.skin + self.dark) // 2
        ridge = np.array([[0, -0.05], [0.04 * np.sign(self.look[0] or 1), 0.2], [-0.05, 0.22]])
        self.line(ridge + self.features(0, 0), shade, 0.04)
        if self.expression.sneer > 0.3:
            for height in (-0.04, 0.04):
                wrinkle = _arc(-0.14, 0.14, lambda t: 0.04 * t**2)
                self.line(wrinkle + self.features(0, height), shade, 0.035)

    def mouth(self) -> None:
        e = self.expression
        width, opening = max(0.1, e.mouth_width), max(0.0, e.mouth_open)
        lean = float(self.rng.choice([-1, 1])) * 0.09 * e.sneer

        def middle(t: np.ndarray) -> np.ndarray:
            return e.mouth_curve * (0.5 - t**2) + lean * t

        upper = _arc(-width, width, lambda t: middle(t) - 0.4 * opening * np.sqrt(1 - t**2))
        lower = _arc(-width, width, lambda t: middle(t) + 0.6 * opening * np.sqrt(1 - t**2))
        centre = self.features(0, 0.55)
        outline = np.concatenate([upper, lower[::-1]]) + centre
        self.fill(outline, self.dark // 3)
        if 0.05 < opening < 0.2:  # teeth
            teeth = np.concatenate([upper * 0.85, (upper * 0.85 + (0, 0.4 * opening))[::-1]])
            self.fill(teeth + centre, min(255, self.skin + 60))
        self.line(np.concatenate([outline, outline[:1]]), self.dark, 0.06)

    def glasses(self) -> None:
        for side in (-1, 1):
            centre = self.features(side * self.eye_apart, self.eye_height)
            self.line(0.26 * _circle(24) + centre, 30, 0.04)

    def hand(self) -> None:
        angle = self.rng.uniform(0, 2 * np.pi)
        self.blob((np.cos(angle) * 0.95, np.sin(angle) * 0.95 + 0.2), (0.35, 0.3), self.skin - 25)

    def photographed(self) -> np.ndarray:
        """Reduce to 48×48 and add light from one side, blur and noise."""
        image = cv2.resize(self.canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        x, y = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
        angle = self.rng.uniform(0, 2 * np.pi)
        light = 1 + self.rng.uniform(0, 0.5) * (np.cos(angle) * x + np.sin(angle) * y)
        lit = cv2.GaussianBlur(image * light, (0, 0), self.rng.uniform(0.3, 0.9))
        noisy = lit + self.rng.normal(0, self.rng.uniform(1, 7), lit.shape)
        return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)

    def features(self, x: float, y: float) -> tuple[float, float]:
        """The position of a feature of the face, given the turn of the head."""
        return x + self.look[0], y + self.look[1]

    def pixels(self, points: np.ndarray) -> np.ndarray:
        return np.rint(points @ self.matrix.T + self.centre).astype(np.int32)

    def blob(self, centre: tuple[float, float], radii: tuple[float, float], grey: int) -> None:
        self.fill(_circle(48) * radii + centre, grey)

    def fill(self, points: np.ndarray, grey: int) -> None:
        cv2.fillPoly(self.canvas, [self.pixels(points)], grey)

    def line(self, points: np.ndarray, grey: int, width: float) -> None:
        thickness = max(1, round(width * self.unit))
        cv2.polylines(self.canvas, [self.pixels(points)], False, grey, thickness)


def _circle(points: int) -> np.ndarray:
    """→ float [points, 2]"""
    angles = 2 * np.pi * np.linspace(0, 1, points)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _arc(start: float, stop: float, height: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A curve over [start, stop]; `height` takes t in [-1, 1]. → float [15, 2]"""
    t = np.linspace(-1, 1, 15)
    x = start + (stop - start) * (t + 1) / 2
    return np.stack([x, height(t)], axis=1)
