"""Read CSV tables that an earlier stage has written."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.runtime.errors import BadInput
from fer2013.runtime.restoring import damaged, how_to_restore


def load_table(path: Path, columns: dict[str, Any]) -> pd.DataFrame:
    """Read these columns as these types.

    Raises:
        BadInput: the file is missing or is not such a table.
    """
    try:
        return pd.read_csv(path, dtype=columns, usecols=list(columns))
    except (OSError, ValueError, OverflowError) as error:  # a ParserError is a ValueError
        raise damaged(path, error) from None


def refuse_unless(good: Any, rows: pd.Index, path: Path, complaint: str) -> None:
    """Check that all rows are good.

    Args:
        good: bool [rows].
        rows: the table's index.
        path: the table's file.
        complaint: what is wrong with a row that is not good.

    Raises:
        BadInput: a row is not good; the message names the first one.
    """
    if not np.all(good):
        line = rows[np.argmin(good)] + 2  # line 1 is the header
        raise BadInput(f"{path}, line {line}: {complaint}; {how_to_restore(path)}.")
