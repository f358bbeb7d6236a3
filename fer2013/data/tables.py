"""Read CSV tables that an earlier stage has written, some rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import damaged, how_to_restore

CHUNK_ROWS = 16_384


def read_table(path: Path, columns: dict[str, Any]) -> Iterator[pd.DataFrame]:
    """Yield chunks of a table. `columns` gives the type of each column to read.

    The chunks' index numbers the rows of the whole table. Read integers as np.int64, since a
    number that is too large for a smaller type would wrap around.

    Raises:
        BadInput: the file is missing or is not such a table.
    """
    try:
        wanted = list(columns)
        with pd.read_csv(path, dtype=columns, usecols=wanted, chunksize=CHUNK_ROWS) as chunks:
            yield from chunks
    except (OSError, ValueError, OverflowError) as error:  # a ParserError is a ValueError
        raise damaged(path, error) from None


def refuse_unless(good: Any, rows: pd.Index, path: Path, complaint: str) -> None:
    """Check that all rows are good.

    Args:
        good: bool [rows].
        rows: the index of the rows, as `read_table` yields it.
        path: the table's file.
        complaint: what is wrong with a row that is not good.

    Raises:
        BadInput: a row is not good; the message names the first one.
    """
    if not np.all(good):
        line = rows[np.argmin(good)] + 2  # line 1 is the header
        raise BadInput(f"{path}, line {line}: {complaint}; {how_to_restore(path)}.")
