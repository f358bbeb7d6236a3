"""The ensemble: the mean of several models' probabilities for each face."""

import hashlib
from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
from pydantic import Field
from torch import Tensor

from fer2013.base.constants import CLASSES
from fer2013.base.parts import Part
from fer2013.base.sections import EachOnce, Section
from fer2013.base.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.remedies import remedy
from fer2013.scoring.predictions import read_predictions
from fer2013.training.losses import cross_entropy


class Ensemble(Section):
    members: Annotated[EachOnce, Field(min_length=2)]  # models of params.yaml


Probabilities = dict[str, Tensor]  # by part, float32 [N, 7]

CRITERION = cross_entropy(torch.ones(len(CLASSES)))  # its members may have different losses


def read_member(probabilities: Path, predictions: Path, parts: dict[str, Part]) -> Probabilities:
    """Read a member's probabilities for the faces of `parts`.

    They hold no row numbers. So the predictions, which do, are checked to be for the same faces.

    Raises:
        BadInput: a file is missing or damaged, or for other faces.
    """
    tensors, _ = read_tensors(probabilities)
    for name, part in parts.items():
        shape = (len(part), len(CLASSES))
        if name not in tensors or tensors[name].shape != shape:
            raise BadInput(
                f"{probabilities} holds no probabilities for the {len(part)} faces of {name} in "
                f"data/tensors; {remedy(probabilities)}."
            )
    rows = read_predictions(predictions).get("row", pd.Series()).tolist()  # as text
    if rows != [str(row) for row in parts["val"].rows.tolist()]:
        raise BadInput(
            f"{predictions} has other validation rows than data/tensors; {remedy(probabilities)}."
        )
    return {name: tensors[name] for name in parts}


def mean_probabilities(members: list[Probabilities]) -> Probabilities:
    """The mean of several models' probabilities for the same faces."""
    return {
        name: torch.stack([member[name] for member in members]).mean(dim=0)  # [M, N, 7] → [N, 7]
        for name in members[0]
    }


def run_id(probabilities: Probabilities) -> str:
    """The id of the ensemble's W&B run: a hash of its probabilities."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(probabilities):
        digest.update(probabilities[name].numpy().tobytes())
    return digest.hexdigest()
