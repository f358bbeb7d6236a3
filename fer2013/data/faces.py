"""The folder data/faces that ingest writes: the faces as an array, and a table of the faces.

pixels.npy   uint8 [faces, 48, 48], memory-mapped when read
rows.csv     file, row (line number, 0 after the header: pandas' index if no line is empty),
             usage, emotion (-1 if unlabelled), same_as (the first face with identical pixels, which
             may be the face itself), blank (1 if all pixels are equal)

The faces are written while the CSV files are read, so memory use grows by some bytes per row only.
"""

import hashlib
from array import array
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from fer2013.core.constants import CLASSES, SIDE, UNLABELLED, USAGES
from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import read_rows
from fer2013.data.csv_sources import Source
from fer2013.data.tables import read_table, refuse_unless
from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import damaged, how_to_restore

PIXELS, ROWS = "pixels.npy", "rows.csv"
NUMBERS = {"row": np.int32, "emotion": np.int8, "same_as": np.int32, "blank": np.int8}


def write_faces(folder: Path, sources: list[Source]) -> BadRows:
    """Write a new faces folder from CSV files, and return their bad rows."""
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
    """For each 16-byte digest, the index of the first one equal to it. → int32 [digests]"""
    halves = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort(halves)  # equal digests side by side, in their original order
    starts = np.arange(len(order)) == 0  # differs from the digest before it?
    for half in halves:
        starts[1:] |= np.diff(half[order]) != 0
    firsts = order[starts].astype(np.int32)
    result = np.empty(len(order), np.int32)
    result[order] = firsts[np.cumsum(starts, dtype=np.int32) - 1]
    return result


def _write_npy_header(out: BinaryIO, faces: int) -> None:
    """Write the header at the start; numpy pads it, so that a larger count fits later."""
    out.seek(0)
    header = {"descr": "|u1", "fortran_order": False, "shape": (faces, SIDE, SIDE)}
    np.lib.format.write_array_header_1_0(out, header)


def read_pixels(folder: Path) -> np.ndarray:
    """uint8 [faces, 48, 48], memory-mapped.

    Raises:
        BadInput: the file is missing, damaged, or holds something else.
    """
    path = folder / PIXELS
    try:
        pixels = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy raises, say, EOFError, TokenError, OverflowError
        raise damaged(path, error) from None
    are_faces = isinstance(pixels, np.ndarray) and pixels.shape[1:] == (SIDE, SIDE)
    if not (are_faces and pixels.dtype == np.uint8 and pixels.flags.c_contiguous):
        raise BadInput(
            f"{path} does not hold faces of {SIDE} × {SIDE} bytes; {how_to_restore(path)}."
        )
    return pixels


def read_rows_table(folder: Path) -> pd.DataFrame:
    """Read the table without its column `file`, 11 bytes a row.

    Raises:
        BadInput: the file is missing or damaged, or a row has an impossible value.
    """
    path = folder / ROWS
    columns = {"usage": str, **dict.fromkeys(NUMBERS, np.int64)}
    chunks = [_checked(chunk, path) for chunk in read_table(path, columns)]
    rows = pd.concat(chunks, ignore_index=True)
    first = rows.same_as.to_numpy()
    complaint = "same_as is not the first of the identical faces"
    refuse_unless(first[first] == first, rows.index, path, complaint)
    return rows


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


def _checked(chunk: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Check some rows and convert them to the types of `NUMBERS`."""
    usage = pd.Index(USAGES).get_indexer(chunk.usage)
    unlabelled = usage == USAGES.index(UNLABELLED)
    labelled = chunk.emotion.between(0, len(CLASSES) - 1)
    for good, complaint in (
        (usage >= 0, f"usage is none of {', '.join(USAGES)}"),
        (np.where(unlabelled, chunk.emotion == -1, labelled), "emotion does not fit the usage"),
        (chunk.row.between(0, np.iinfo(np.int32).max), "row is not a row number"),
        (chunk.same_as.between(0, chunk.index), "same_as is neither this face nor an earlier one"),
        (chunk.blank.isin([0, 1]), "blank is neither 0 nor 1"),
    ):
        refuse_unless(good, chunk.index, path, complaint)
    return chunk.astype(NUMBERS).assign(usage=pd.Categorical.from_codes(usage, list(USAGES)))
