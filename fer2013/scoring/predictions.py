"""Reading metrics/predictions/<model>.csv: each validation face's actual and predicted class."""

from pathlib import Path

import pandas as pd

from fer2013.core.constants import CLASSES
from fer2013.runtime.errors import BadInput, one_line
from fer2013.runtime.restoring import how_to_restore

COLUMNS = ("actual", "predicted")


def read_predictions(path: Path) -> pd.DataFrame:
    """Read a table whose columns `actual` and `predicted` hold names of classes.

    Raises:
        BadInput: the file is missing or damaged, or a column holds something else.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} is missing or damaged ({one_line(error)}); {how_to_restore(path)}."
        ) from None
    for column in COLUMNS:
        if column not in table:
            raise BadInput(f"{path} has no column {column}; {how_to_restore(path)}.")
        wrong = ~table[column].isin(CLASSES)
        if wrong.any():
            index = int(wrong.to_numpy().argmax())
            found = str(table[column].iloc[index])[:40]
            raise BadInput(
                f"{path}, line {index + 2}: {column} is {found!r}, "
                f"not one of {', '.join(CLASSES)}; {how_to_restore(path)}."
            )
    if table.empty:
        raise BadInput(f"{path} holds no row; {how_to_restore(path)}.")
    return table
