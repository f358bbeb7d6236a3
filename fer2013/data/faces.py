"""The folder data/faces that ingest writes: the faces as an array, and a table of the faces.

pixels.npy   uint8 [faces, 48, 48]
rows.csv     file, row (line number, 0 after the header: pandas' index if no line is empty),
             usage, emotion (-1 if unlabelled), same_as (the first face with identical pixels, which
             may be the face itself), photograph (the first face of the same photograph: identical,
             or a near copy), blank (1 if all pixels are equal)
"""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from fer2013.core.constants import SIDE, USAGES
from fer2013.data.bad_rows import BadRows
from fer2013.data.copies import photographs
from fer2013.data.csv_sources import Source
from fer2013.data.report import is_training
from fer2013.data.tables import load_table, refuse_unless
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import damaged, how_to_restore

PIXELS, ROWS = "pixels.npy", "rows.csv"
COLUMNS = {  # those that are read
    "usage": str,
    "row": np.int32,
    "emotion": np.int8,
    "same_as": np.int32,
    "photograph": np.int32,
    "blank": np.int8,
}


def write_faces(folder: Path, sources: list[Source]) -> BadRows:
    """Write a new faces folder from CSV files, and return their bad rows."""
    bad_rows = BadRows()
    table, faces = [], [np.empty((0, SIDE, SIDE), np.uint8)]
    for source in sources:
        for row in bad_rows.good_rows(source):
            table.append((source.path.name, row.number, row.usage, row.emotion))
            faces.append(row.pixels[None])
    pixels = np.concatenate(faces)
    rows = pd.DataFrame(table, columns=["file", "row", "usage", "emotion"])
    rows["same_as"] = first_equal(pixels)
    rows["photograph"] = photographs(pixels, rows.same_as.to_numpy(), is_training(rows))
    rows["blank"] = (pixels.min(axis=(1, 2)) == pixels.max(axis=(1, 2))).astype(np.int8)
    folder.mkdir()
    with (folder / PIXELS).open("wb") as out:
        # Not np.save, whose error on a full disk does not say that it is full.
        header = {"descr": "|u1", "fortran_order": False, "shape": pixels.shape}
        np.lib.format.write_array_header_1_0(out, header)
        out.write(pixels.data)
    rows.to_csv(folder / ROWS, index=False, lineterminator="\n")
    return bad_rows


def first_equal(pixels: np.ndarray) -> list[int]:
    """For each face, the index of the first one with the same pixels."""
    first: dict[bytes, int] = {}
    return [
        first.setdefault(hashlib.blake2b(face).digest(), index) for index, face in enumerate(pixels)
    ]


def read_pixels(folder: Path) -> np.ndarray:
    """uint8 [faces, 48, 48]

    Raises:
        BadInput: the file is missing, damaged, or holds something else.
    """
    path = folder / PIXELS
    try:
        pixels = np.load(path, allow_pickle=False)
    except Exception as error:  # numpy raises, say, EOFError, TokenError, OverflowError
        raise damaged(path, error) from None
    are_faces = isinstance(pixels, np.ndarray) and pixels.shape[1:] == (SIDE, SIDE)
    if not (are_faces and pixels.dtype == np.uint8):
        raise BadInput(
            f"{path} does not hold faces of {SIDE} × {SIDE} bytes; {how_to_restore(path)}."
        )
    return pixels


def read_rows_table(folder: Path) -> pd.DataFrame:
    """Read the table without its column `file`.

    Raises:
        BadInput: the file is missing or damaged.
    """
    path = folder / ROWS
    rows = load_table(path, COLUMNS)
    usage = pd.Index(USAGES).get_indexer(rows.usage)
    refuse_unless(usage >= 0, rows.index, path, f"usage is none of {', '.join(USAGES)}")
    return rows.assign(usage=pd.Categorical.from_codes(usage, list(USAGES)))


def read_faces(folder: Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Read the pixels and the table.

    Raises:
        BadInput: one of them is damaged, or they do not belong together.
    """
    pixels, rows = read_pixels(folder), read_rows_table(folder)
    if len(pixels) != len(rows):
        raise BadInput(
            f"{folder / PIXELS} has {len(pixels)} faces and {folder / ROWS} has {len(rows)}; "
            f"{how_to_restore(folder)}."
        )
    return pixels, rows
