"""Reading the CSV tables that stages write for one another, some rows at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.runtime.errors import BadInput
from fer2013.runtime.remedies import damaged, remedy

AT_ONCE = 16_384  # rows


def read_table(path: Path, columns: dict[str, Any]) -> Iterator[pd.DataFrame]:
    """Yield these columns of these types; the index counts rows through all that is yielded.

    Let integers be np.int64: what is too large for a smaller type would wrap around.

    Raises:
        BadInput: the file is missing or is no such table.
    """
    try:
        with pd.read_csv(path, dtype=columns, usecols=list(columns), chunksize=AT_ONCE) as chunks:
            yield from chunks
    except (OSError, ValueError, OverflowError) as error:  # a ParserError is a ValueError
        raise damaged(path, error) from None


def refuse_unless(good: Any, rows: pd.Index, path: Path, complaint: str) -> None:
    """Complain of the first row that is not good (bool [rows]), if there is one.

    Raises:
        BadInput: there is one.
    """
    if not np.all(good):
        line = rows[np.argmin(good)] + 2  # line 1 is the header
        raise BadInput(f"{path}, line {line}: {complaint}; {remedy(path)}.")
