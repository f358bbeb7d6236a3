"""What is known of a trained model, beside its weights; an ONNX file carries it as metadata."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fer2013.base.constants import CLASSES


@dataclass(frozen=True)
class Accuracy:
    """The share of FER2013's validation faces that a model gets right, with its 95 % interval.

    It holds for faces like FER2013's: frontal, cropped closely, posed or found by search words, and
    labelled by people who agree with one another on some two thirds of them.
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
    """`scores` is what metrics/scores/<model>.json says of the validation faces."""

    name: str
    scores: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def accuracy(self) -> Accuracy | None:
        if not self.scores:
            return None
        value, low, high = (self.scores[f"accuracy{end}"] for end in ("", "_low", "_high"))
        return Accuracy(value, low, high, self.scores["faces"])

    def as_metadata(self) -> dict[str, str]:
        known = {"name": self.name, "classes": CLASSES, "scores": dict(self.scores)}
        return {**{key: json.dumps(value) for key, value in known.items()}, **self.details}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "Description":
        """Raises: KeyError, ValueError: an ONNX file that is none of ours."""
        if tuple(json.loads(metadata["classes"])) != CLASSES:
            raise ValueError("other classes")
        known = {"name", "classes", "scores"}
        details = {key: value for key, value in metadata.items() if key not in known}
        return cls(json.loads(metadata["name"]), json.loads(metadata["scores"]), details)
