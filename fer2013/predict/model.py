"""A model that predicts the expressions of the faces in pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fer2013.core.constants import CLASSES
from fer2013.predict.description import Description
from fer2013.predict.detection import MIN_SCORE, Detector
from fer2013.predict.pictures import Box, Picture, as_faces, as_rgb, crop_face, to_grey


class Backend(Protocol):
    description: Description

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        """uint8 [N, 1, 48, 48] → float32 [N, 7]; several threads may call it at the same time."""


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    Attributes:
        box: left, top, width and height in pixels of the picture (after rotation by EXIF).
        probabilities: of each class, in the order of `Model.classes`; their sum is 1.
        label: the most probable class.
        score: the detector's confidence that this is a face, 0 to 1.
    """

    box: Box
    probabilities: dict[str, float]
    label: str
    score: float


class Model:
    """A trained model with a face detector. Several threads may share it.

    Attributes:
        name: as in params.yaml.
        classes: the seven classes, in the order of probabilities.
        accuracy: on FER2013's validation faces; None if the model was never evaluated, or with
            other weights: then `description.note` says so.
        description: name, scores and origin of the model.
    """

    classes = CLASSES

    def __init__(self, backend: Backend, detector: Detector) -> None:
        self.backend, self.detector = backend, detector
        self.description = backend.description
        self.name = self.description.name
        self.accuracy = self.description.accuracy

    def __call__(self, picture: Picture, *, min_score: float = MIN_SCORE) -> list[Face]:
        """Find the faces in a picture and predict their expressions.

        Args:
            picture: a path, a PIL image, or uint8 [H, W], [H, W, 3] (RGB) or [H, W, 4].
            min_score: the least confidence of the detector, 0 to 1.

        Returns:
            the faces, from left to right; an empty list if there is none.

        Raises:
            BadInput: the file is missing or not a picture.
            ValueError, TypeError: an array has another shape or type.
        """
        rgb = as_rgb(picture)
        found = self.detector(rgb, min_score)
        if not found:
            return []
        grey = to_grey(rgb)
        probabilities = self.classify([crop_face(grey, detection.box) for detection in found])
        return [
            as_face(detection.box, of_face, detection.score)
            for detection, of_face in zip(found, probabilities, strict=True)
        ]

    def classify(self, crops: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
        """Predict the expressions of faces that are already cropped like FER2013's.

        Args:
            crops: uint8 [N, 48, 48], or of any other size; [N, H, W, 3] (RGB); or a list of
                arrays of different sizes.

        Returns:
            float32 [N, 7], the probability of each class.

        Raises:
            ValueError, TypeError: an array has another shape or type.
        """
        return self.backend.probabilities(as_faces(crops))


def as_face(box: Box, probabilities: np.ndarray, score: float) -> Face:
    by_class = {name: float(p) for name, p in zip(CLASSES, probabilities, strict=True)}
    return Face(box, by_class, CLASSES[int(probabilities.argmax())], score)
