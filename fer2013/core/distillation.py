"""Distillation: a model learns from its teachers' probabilities as well as from the labels.

About one in three of FER2013's labels is doubtful. A label names a single class, a teacher's
probabilities all that are plausible (Hinton et al. 2015, arXiv:1503.02531, with temperature 1).

The teachers see the same input as the model, augmented and mixed. On the original training faces
a teacher mostly repeats the labels, which it has memorised; on augmented ones its predictions carry
more information (Beyer et al. 2022, arXiv:2106.05237, "function matching"). The cost is a forward
pass of each teacher in every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from fer2013.core.constants import CLASSES
from fer2013.core.inference import ModelConfig, Normalize, read_model_config
from fer2013.core.networks import load_network
from fer2013.core.sections import EachOnce, Fraction, Section
from fer2013.runtime.errors import BadInput


class Teachers(Section):
    """The target is weight × the models' mean probabilities + (1 - weight) × the label."""

    models: Annotated[EachOnce, Field(min_length=1)]
    weight: Fraction


@dataclass(frozen=True)
class Teacher:
    network: nn.Module
    config: ModelConfig


def read_teacher(recipe: Path, weights: Path, normalize: Normalize) -> Teacher:
    """Load a teacher for a model with the normalisation `normalize`.

    Raises:
        BadInput: the teacher is missing or damaged, or has another normalisation.
    """
    config = read_model_config(recipe)
    if config.normalize != normalize:
        raise BadInput(
            f"{recipe}: the teacher's normalize differs from the model's, but both "
            "get the same input; give both the same normalize, or take another teacher."
        )
    network, _ = load_network(config.network, weights)
    return Teacher(network, config)


def distillation_target(
    target: Tensor, x: Tensor, teachers: Sequence[nn.Module], weight: float
) -> Tensor:
    """weight × the teachers' mean probabilities for x [B, 1, S, S] + (1 - weight) × the target.

    Labels [B] or probabilities [B, 7] → probabilities [B, 7]
    """
    labels = F.one_hot(target, len(CLASSES)) if target.ndim == 1 else target
    with torch.no_grad():  # under autocast the logits may be bfloat16
        each = [teacher(x).to(x.dtype).softmax(dim=1) for teacher in teachers]
    probabilities = torch.stack(each).mean(dim=0)  # [T, B, 7] → [B, 7]
    return torch.lerp(labels.to(probabilities), probabilities, weight)
