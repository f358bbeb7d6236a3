"""The ensemble: the weighted mean of several models' probabilities for each face."""

import hashlib
from pathlib import Path
from typing import Annotated, Self

import pandas as pd
import torch
from pydantic import Field, model_validator
from torch import Tensor

from fer2013.core.constants import CLASSES
from fer2013.core.losses import cross_entropy
from fer2013.core.parts import Part
from fer2013.core.sections import EachOnce, Positive, Section
from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore
from fer2013.scoring.result_files import read_predictions


class Ensemble(Section):
    members: Annotated[EachOnce, Field(min_length=2)]  # models of params.yaml
    weights: list[Positive] | None = None  # one for each member; None: all the same

    @model_validator(mode="after")
    def _a_weight_for_each(self) -> Self:
        if self.weights is not None and len(self.weights) != len(self.members):
            raise ValueError(
                f"there are {len(self.members)} members and {len(self.weights)} weights; "
                "give each member one, or set weights to null"
            )
        return self


Probabilities = dict[str, Tensor]  # by part, float32 [N, 7]

CRITERION = cross_entropy(torch.ones(len(CLASSES)))  # its members may have different losses


def read_member(probabilities: Path, predictions: Path, parts: dict[str, Part]) -> Probabilities:
    """Read a member's probabilities for the faces of `parts`.

    They hold no row numbers. So the predictions, which do, are checked to be for the same faces.

    Raises:
        BadInput: a file is missing or damaged, or for other faces.
    """
    tensors, _ = read_tensors(probabilities)
    rows = read_predictions(predictions).get("row", pd.Series()).tolist()  # as text
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    expected = {name: (len(part), len(CLASSES)) for name, part in parts.items()}
    same_rows = rows == [str(row) for row in parts["val"].rows.tolist()]
    if not (same_rows and expected.items() <= shapes.items()):
        raise BadInput(
            f"{probabilities} and {predictions} are not of the faces in data/tensors; "
            f"{how_to_restore(probabilities)}."
        )
    return {name: tensors[name] for name in parts}


def mean_probabilities(
    members: list[Probabilities], weights: list[float] | None = None
) -> Probabilities:
    """The mean of several models' probabilities for the same faces, weighted if there are weights.

    The weights' sum does not matter.
    """
    shares = torch.tensor(weights or [1.0] * len(members)).view(-1, 1, 1)  # [M, 1, 1]
    shares = shares / shares.sum()
    return {
        name: (shares * torch.stack([member[name] for member in members])).sum(dim=0)  # → [N, 7]
        for name in members[0]
    }


def run_id(probabilities: Probabilities) -> str:
    """The id of the ensemble's W&B run: a hash of its probabilities."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(probabilities):
        digest.update(probabilities[name].numpy().tobytes())
    return digest.hexdigest()
