"""data/faces and data/split.csv → data/tensors: one safetensors file for each part."""

from pathlib import Path

import numpy as np

from fer2013 import PARTS
from fer2013.errors import exit_on_bad_input
from fer2013.faces import read_faces
from fer2013.files import written_whole
from fer2013.part_files import with_flags, write_part
from fer2013.split_file import read_split


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
