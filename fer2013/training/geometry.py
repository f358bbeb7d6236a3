"""The options of the augmentations that exist twice: for single faces and for whole batches."""

from typing import Annotated, Literal

from pydantic import Field

from fer2013.base.sections import Fraction, Number, Section

Degrees = Annotated[Number, Field(ge=0, le=180)]


class FlipOptions(Section):
    """Mirror left and right."""

    name: Literal["flip"]
    p: Fraction


class ShiftScaleRotateOptions(Section):
    """Move by fractions of width and height, scale by 1 ± a fraction, rotate by degrees.

    Each is uniform between minus and plus its value; the border is reflected.
    """

    name: Literal["shift_scale_rotate"]
    shift: Fraction
    scale: Annotated[Number, Field(ge=0, lt=1)]
    rotate: Degrees
    p: Fraction
