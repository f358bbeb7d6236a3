"""data/faces and data/split.csv → data/tensors: one safetensors file for each part."""

from pathlib import Path

import numpy as np

from fer2013.base.constants import PARTS
from fer2013.data.faces import read_faces
from fer2013.data.part_files import with_flags, write_part
from fer2013.data.split_file import read_split
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import written_whole


def main() -> None:
    pixels, rows = read_faces(Path("data/faces"))
    part_of_face = read_split(Path("data/split.csv"), rows)
    rows = with_flags(rows)
    with written_whole(Path("data/tensors")) as folder:
        folder.mkdir()
        for place, name in enumerate(PARTS):
            chosen = np.flatnonzero(part_of_face == place)
            write_part(folder / f"{name}.safetensors", pixels, rows, chosen)


if __name__ == "__main__":
    exit_on_bad_input(main)
