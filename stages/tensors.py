"""data/faces and data/split.csv → data/tensors: one safetensors file for each part."""

from pathlib import Path

import numpy as np

from fer2013.core.constants import PARTS
from fer2013.core.parts import write_part
from fer2013.data.faces import read_faces
from fer2013.data.report import with_flags
from fer2013.data.splitting import read_split
from fer2013.runtime.files import atomic_write
from stages import run_stage


def main() -> None:
    pixels, rows = read_faces(Path("data/faces"))
    part_of_face = read_split(Path("data/split.csv"), rows)
    rows = with_flags(rows)
    with atomic_write(Path("data/tensors")) as folder:
        folder.mkdir()
        for index, name in enumerate(PARTS):
            chosen = np.flatnonzero(part_of_face == index)
            write_part(folder / f"{name}.safetensors", pixels, rows, chosen)


if __name__ == "__main__":
    run_stage(main)
