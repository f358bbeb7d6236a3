"""Distillation: a model learns what its teachers say of the faces, beside the labels.

One in three of FER2013's labels is doubtful. A teacher's probabilities say which classes a face
may be of, where a label names one (Hinton et al. 2015, arXiv:1503.02531, with temperature 1).

Teachers see each face as the model sees it, turned, cut and mixed. Of the faces as they are, a
teacher that has trained on them says little more than the labels that it knows by heart; of new
views it says what it has understood (Beyer et al. 2022, arXiv:2106.05237, who call it function
matching). That costs a forward pass of each teacher.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer2013.base.constants import CLASSES
from fer2013.base.sections import Section, check, read_yaml
from fer2013.model.weights import load_network
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Config, Normalize, write_section


def read_teachers(config: Config, folder: Path) -> list[nn.Module]:
    """The teachers of a configuration, from the folder in which stages/teach.py gathers them.

    Raises:
        BadInput: a teacher is missing or damaged, or sees faces otherwise normalised.
    """
    return [read_teacher(config, folder / f"{name}.yaml") for name in config.taught_by]


class Teacher(Section):
    """What there is to know of a teacher beside its weights."""

    network: dict[str, Any]
    normalize: Normalize


def write_teacher(config: Config, path: Path) -> None:
    write_section(Teacher(network=config.network, normalize=config.normalize), path)


def read_teacher(config: Config, path: Path) -> nn.Module:
    teacher = check(Teacher, read_yaml(path), str(path))
    if teacher.normalize != config.normalize:
        raise BadInput(
            f"{path}: the teacher's normalize is not that of the model that it teaches, "
            "which shows it what it sees itself; give both the same, or take another teacher."
        )
    network, _ = load_network(teacher.network, path.with_suffix(".safetensors"))
    return network


def taught(target: Tensor, x: Tensor, teachers: Sequence[nn.Module], weight: float) -> Tensor:
    """What is learned of x [B, 1, S, S]: weight × the teachers' mean + (1 - weight) × the target.

    Labels [B] or probabilities [B, 7] → probabilities [B, 7]
    """
    labels = F.one_hot(target, len(CLASSES)) if target.ndim == 1 else target
    said = mean_answer(teachers, x)
    return torch.lerp(labels.to(said), said, weight)


@torch.no_grad()
def mean_answer(networks: Sequence[nn.Module], x: Tensor) -> Tensor:
    """The mean of what networks in eval mode say. [B, 1, S, S] → [B, 7]"""
    dtype = torch.get_default_dtype()  # networks may answer in bfloat16
    return torch.stack([network(x).to(dtype).softmax(dim=1) for network in networks]).mean(dim=0)
