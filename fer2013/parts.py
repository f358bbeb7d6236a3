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

import safetensors
import torch
from torch import Tensor

from fer2013.config import Train
from fer2013.errors import BadInput


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
        return Part(**{name: value[chosen] for name, value in vars(self).items()})


def read_part(path: Path) -> Part:
    """Open a part; its faces are memory-mapped, not read.

    Raises:
        BadInput: the file is missing, damaged, or not a part.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return Part(**{name: file.get_tensor(name) for name in Part.__dataclass_fields__})
    except (OSError, safetensors.SafetensorError) as error:
        raise BadInput(f"{path} is missing or damaged ({error}); run dvc repro tensors.") from None
