"""Distillation: a model learns what its teachers say of the training faces, beside the labels.

One in three of FER2013's labels is doubtful. A teacher's probabilities say which classes a face
may be of, where a label names one (Hinton et al. 2015, arXiv:1503.02531, with temperature 1).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from fer2013 import CLASSES
from fer2013.config import Teachers
from fer2013.errors import BadInput
from fer2013.parts import Part


def targets(faces: Part, teachers: Teachers | None) -> Tensor:
    """Labels int64 [N]; with teachers, probabilities [N, 7].

    Raises:
        BadInput: there are teachers, but the faces come without what they say.
    """
    if teachers is None:
        return faces.labels
    if faces.taught is None:
        raise BadInput(
            "the training faces come without what the teachers say of them; "
            f"run dvc repro --force --glob 'teach_*' (teachers: {', '.join(teachers.models)})."
        )
    labels = F.one_hot(faces.labels, len(CLASSES)).to(torch.get_default_dtype())  # [N, 7]
    return torch.lerp(labels, faces.taught.to(labels), teachers.weight)
