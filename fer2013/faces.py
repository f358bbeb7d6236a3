"""The folder that ingest writes: every face as an array, and one table row for each face.

pixels.npy   uint8 [faces, 48, 48], memory-mapped when read
rows.csv     file, row (0-based, as pandas counts), usage, emotion (-1 where unlabelled),
             same_as (the first face with identical pixels; itself where it is the first),
             blank (1 where all pixels are equal)
"""

from pathlib import Path

import numpy as np
import pandas as pd

PIXELS, ROWS = "pixels.npy", "rows.csv"
COLUMN_TYPES = {
    "file": "category",
    "row": np.int32,
    "usage": "category",
    "emotion": np.int8,
    "same_as": np.int32,
    "blank": np.int8,
}


def read_pixels(folder: Path) -> np.ndarray:
    """uint8 [faces, 48, 48], memory-mapped."""
    pixels: np.ndarray = np.load(folder / PIXELS, mmap_mode="r", allow_pickle=False)
    return pixels


def read_rows_table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / ROWS, dtype=COLUMN_TYPES)
