"""Name, scores and origin of a trained model; an ONNX file stores them as metadata."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fer2013.core.constants import CLASSES


@dataclass(frozen=True)
class Accuracy:
    """The fraction of FER2013's validation faces that a model classifies correctly, with its 95 %
    interval.

    It applies to faces like FER2013's: frontal, tightly cropped, found with search words on the
    web, and labelled by people who agree on about two thirds of them.
    """

    value: float
    low: float
    high: float
    faces: int

    def __str__(self) -> str:
        interval = f"95 %: {self.low:.1%} to {self.high:.1%}"
        return f"{self.value:.1%} ({interval}) of {self.faces:,} validation faces of FER2013"


@dataclass(frozen=True)
class Description:
    """What is known of a model.

    Attributes:
        scores: of the validation faces, from metrics/scores/<model>.json.
        details: such as the SHA-256 of the weights.
        note: why there are no scores, or why they are in doubt.
    """

    name: str
    scores: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def accuracy(self) -> Accuracy | None:
        if not self.scores:
            return None
        value, low, high = (self.scores[f"accuracy{end}"] for end in ("", "_low", "_high"))
        return Accuracy(value, low, high, self.scores["faces"])

    def as_metadata(self) -> dict[str, str]:
        fields = {"name": self.name, "classes": CLASSES, "scores": dict(self.scores)}
        return {**{key: json.dumps(value) for key, value in fields.items()}, **self.details}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "Description":
        """Raises: KeyError, ValueError: the ONNX file was not exported by this project."""
        if tuple(json.loads(metadata["classes"])) != CLASSES:
            raise ValueError("other classes")
        fields = {"name", "classes", "scores"}
        details = {key: value for key, value in metadata.items() if key not in fields}
        return cls(json.loads(metadata["name"]), json.loads(metadata["scores"]), details)
