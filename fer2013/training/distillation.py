"""Distillation: a model learns its teachers' probabilities of the faces, beside the labels.

One in three of FER2013's labels is doubtful. A teacher's probabilities tell which classes a face
may be of, where a label names one (Hinton et al. 2015, arXiv:1503.02531, with temperature 1).

Teachers see each face as the model sees it, augmented and mixed. On the plain training faces a
teacher mostly repeats the labels that it has learned by heart; on new views of them its answers
show what it has understood (Beyer et al. 2022, arXiv:2106.05237, who call it function matching).
The price is a forward pass of each teacher.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013.base.constants import CLASSES
from fer2013.base.sections import EachOnce, Fraction, Section
from fer2013.model.config import read_model_config
from fer2013.model.normalization import Normalize
from fer2013.model.weights import load_network
from fer2013.runtime.errors import BadInput


class Teachers(Section):
    """The targets are weight × the models' mean probabilities + (1 - weight) × the labels."""

    models: Annotated[EachOnce, Field(min_length=1)]
    weight: Fraction


def read_teacher(folder: Path, normalize: Normalize) -> nn.Module:
    """Read a trained model that is to teach one which normalises faces by `normalize`.

    Raises:
        BadInput: the teacher is missing or damaged, or normalises faces in another way.
    """
    config = read_model_config(folder / "config.yaml")
    if config.normalize != normalize:
        raise BadInput(
            f"{folder / 'config.yaml'}: the teacher's normalize is not that of the model that it "
            "teaches, which shows it what it sees itself; give both the same, or take another "
            "teacher."
        )
    network, _ = load_network(config.network, folder / "weights.safetensors")
    return network


def distillation_target(
    target: Tensor, x: Tensor, teachers: Sequence[nn.Module], weight: float
) -> Tensor:
    """weight × the teachers' mean probabilities for x [B, 1, S, S] + (1 - weight) × the target.

    Labels [B] or probabilities [B, 7] → probabilities [B, 7]
    """
    labels = F.one_hot(target, len(CLASSES)) if target.ndim == 1 else target
    probabilities = teacher_probabilities(teachers, x)
    return torch.lerp(labels.to(probabilities), probabilities, weight)


@torch.no_grad()
def teacher_probabilities(teachers: Sequence[nn.Module], x: Tensor) -> Tensor:
    """The mean probabilities of networks in eval mode. [B, 1, S, S] → [B, 7]"""
    dtype = torch.get_default_dtype()  # networks may answer in bfloat16
    return torch.stack([network(x).to(dtype).softmax(dim=1) for network in teachers]).mean(dim=0)
