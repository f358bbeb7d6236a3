"""data/faces and data/split.csv → data/tensors: one safetensors file for each part."""

from pathlib import Path

import numpy as np
import pandas as pd

from fer2013 import PARTS
from fer2013.errors import exit_on_bad_input
from fer2013.faces import read_pixels, read_rows_table
from fer2013.files import written_whole
from fer2013.part_files import with_flags, write_part


def main() -> None:
    faces = Path("data/faces")
    pixels, rows = read_pixels(faces), with_flags(read_rows_table(faces))
    part_of_face = pd.read_csv("data/split.csv").part.to_numpy()
    with written_whole(Path("data/tensors")) as folder:
        folder.mkdir()
        for name in PARTS:
            chosen = np.flatnonzero(part_of_face == name)
            write_part(folder / f"{name}.safetensors", pixels, rows, chosen)


if __name__ == "__main__":
    exit_on_bad_input(main)
