"""The parts of the data set as tensors, read from the files that `part_files.py` writes.

faces        uint8 [N, 1, 48, 48]
labels       int64 [N], -1 where unlabelled
rows         int64 [N], 0-based row in the source CSV
has_twin     bool [N], a Training row has the same pixels (always true for train and val)
blank        bool [N], all pixels are equal
conflicting  bool [N], an identical Training row bears another label
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from fer2013.base.constants import SIDE
from fer2013.base.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Train

KINDS = {
    "faces": (torch.uint8, (1, SIDE, SIDE)),
    "labels": (torch.int64, ()),
    "rows": (torch.int64, ()),
    "has_twin": (torch.bool, ()),
    "blank": (torch.bool, ()),
    "conflicting": (torch.bool, ()),
}


@dataclass(frozen=True)
class Part:
    faces: Tensor
    labels: Tensor
    rows: Tensor
    has_twin: Tensor
    blank: Tensor
    conflicting: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labelled(self) -> bool:
        return len(self) > 0 and bool((self.labels >= 0).all())

    def for_training(self, options: Train) -> "Part":
        """All faces, or all but those that params.yaml says to drop from training."""
        unwanted = torch.zeros(len(self), dtype=torch.bool)
        if options.drop_blank:
            unwanted |= self.blank
        if options.drop_conflicting:
            unwanted |= self.conflicting
        return self.where(~unwanted) if unwanted.any() else self

    def where(self, chosen: Tensor) -> "Part":
        """The rows at which a bool [N] is true."""
        return Part(**{name: tensor[chosen] for name, tensor in vars(self).items()})


def read_part(path: Path) -> Part:
    """Open a part; its faces are memory-mapped, not read.

    Raises:
        BadInput: the file is missing, damaged, or not a part.
    """
    tensors, _ = read_tensors(path, "run dvc repro tensors")
    if not _is_part(tensors):
        raise BadInput(f"{path} is not a part of the data set; run dvc repro tensors.")
    return Part(**tensors)


def _is_part(tensors: dict[str, Tensor]) -> bool:
    """Has the file the tensors listed above, of these types and shapes?"""
    if tensors.keys() != KINDS.keys():
        return False
    faces = tensors["labels"].numel()
    return all(
        tensors[name].dtype == dtype and tensors[name].shape == (faces, *shape)
        for name, (dtype, shape) in KINDS.items()
    )
