"""CSV rows → the faces folder that `faces.py` describes and reads.

The pixels go to the file as they are parsed, so memory grows by some bytes a row, not by the row.
"""

import hashlib
from array import array
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from fer2013.base.constants import SIDE, USAGES
from fer2013.data.csv_layouts import BadRows, Source, read_rows
from fer2013.data.faces import PIXELS, ROWS


def write_faces(folder: Path, sources: list[Source]) -> BadRows:
    """Read the sources into a new faces folder and return what was refused."""
    folder.mkdir()
    bad_rows = BadRows()
    files, usages = array("b"), array("b")
    emotions, numbers, blanks = array("b"), array("i"), array("b")
    digests = bytearray()
    with (folder / PIXELS).open("wb") as out:
        _write_npy_header(out, 0)
        for file, source in enumerate(sources):
            for rows in read_rows(source, bad_rows):
                out.write(rows.pixels.tobytes())
                files.extend([file] * len(rows.numbers))
                usages.extend(rows.usages)
                emotions.extend(rows.emotions)
                numbers.extend(rows.numbers)
                flat = rows.pixels.reshape(len(rows.pixels), -1)
                blanks.extend((flat.min(axis=1) == flat.max(axis=1)).tolist())
                for face in rows.pixels:
                    digests += hashlib.blake2b(face, digest_size=16).digest()
        _write_npy_header(out, len(numbers))
    names = [source.path.name for source in sources]
    table = {
        "file": pd.Categorical.from_codes(np.asarray(files), names),
        "row": np.asarray(numbers),
        "usage": pd.Categorical.from_codes(np.asarray(usages), list(USAGES)),
        "emotion": np.asarray(emotions),
        "same_as": first_equal(digests),
        "blank": np.asarray(blanks),
    }
    pd.DataFrame(table, copy=False).to_csv(folder / ROWS, index=False, lineterminator="\n")
    return bad_rows


def first_equal(digests: bytes | bytearray) -> np.ndarray:
    """For each 16-byte digest, the place of the first one equal to it. → int32 [digests]"""
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort(halves)  # equal digests side by side, the first of them first
    starts = np.arange(len(order)) == 0  # does another digest start here?
    for half in halves:
        starts[1:] |= np.diff(half[order]) != 0
    firsts = order[starts].astype(np.int32)
    result = np.empty(len(order), np.int32)
    result[order] = firsts[np.cumsum(starts, dtype=np.int32) - 1]
    return result


def _write_npy_header(out: BinaryIO, faces: int) -> None:
    """Write the header at the start; numpy leaves room in it for the count to grow."""
    out.seek(0)
    header = {"descr": "|u1", "fortran_order": False, "shape": (faces, SIDE, SIDE)}
    np.lib.format.write_array_header_1_0(out, header)
