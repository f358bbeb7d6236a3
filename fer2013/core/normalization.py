"""Ways to normalise grey levels, by their name in params.yaml.

[B, 1, S, S] in 0..1 → [B, 1, S, S], normalised
"""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from fer2013.core.sections import Number, Positive, Section

EPSILON = 0.02  # avoids a division by zero for blank faces; the usual deviation is about 0.2


class Fixed(Section):
    """(grey level / 255 - mean) / std, the same for every pixel."""

    name: Literal["fixed"]
    mean: Number
    std: Positive

    def apply(self, grey: Tensor) -> Tensor:
        normalized: Tensor = (grey - self.mean) / self.std
        return normalized


class Face(Section):
    """Standardise each face by its own mean and deviation, against differences in lighting."""

    name: Literal["face"]

    def apply(self, grey: Tensor) -> Tensor:
        mean = grey.mean(dim=(2, 3), keepdim=True)
        deviation = grey.std(dim=(2, 3), keepdim=True)
        return (grey - mean) / (deviation + EPSILON)


Normalize = Annotated[Fixed | Face, Field(discriminator="name")]
