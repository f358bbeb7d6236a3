"""The parts of the data set: one safetensors file each, with these tensors.

faces        uint8 [N, 1, 48, 48]
labels       int64 [N], -1 where unlabelled
rows         int64 [N], 0-based row in the source CSV
blank        bool [N], all pixels are equal
conflicting  bool [N], an identical Training row has another label
identical_in_training, copy_in_training  bool [N], a Training row has the same pixels, or shows the
             same photograph (always true for train and val)
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file
from torch import Tensor

from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import how_to_restore


@dataclass(frozen=True)
class Part:
    faces: Tensor
    labels: Tensor
    rows: Tensor
    blank: Tensor
    conflicting: Tensor
    identical_in_training: Tensor
    copy_in_training: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labelled(self) -> bool:
        return len(self) > 0 and bool((self.labels >= 0).all())

    def where(self, chosen: Tensor) -> "Part":
        """The rows at which a bool [N] is true."""
        return Part(**{name: tensor[chosen] for name, tensor in vars(self).items()})


def read_part(path: Path) -> Part:
    """Read a part.

    Raises:
        BadInput: the file is missing, damaged, or not a part.
    """
    tensors, _ = read_tensors(path)
    if {*tensors} != {field.name for field in fields(Part)}:
        raise BadInput(f"{path} is not a part of the data set; {how_to_restore(path)}.")
    return Part(**tensors)


def write_part(path: Path, pixels: np.ndarray, table: pd.DataFrame, chosen: np.ndarray) -> None:
    """Write the chosen faces; `table` is a faces table with the columns of `report.with_flags`."""
    rows = table.iloc[chosen]
    save_file(
        {
            "faces": pixels[chosen, None],  # [N, 1, 48, 48]
            "labels": rows.emotion.to_numpy(np.int64),
            "rows": rows.row.to_numpy(np.int64),
            "blank": rows.blank.to_numpy(bool),
            "conflicting": rows.conflicting.to_numpy(bool),
            "identical_in_training": rows.identical_in_training.to_numpy(bool),
            "copy_in_training": rows.copy_in_training.to_numpy(bool),
        },
        path,
    )
