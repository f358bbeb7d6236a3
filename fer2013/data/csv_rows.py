"""Read a CSV file of faces, row by row. A row is a line, and nothing in it is guessed.

Columns are found by their names in the first line. Their order and case, quotes, spaces around them
and a byte order mark do not matter; other columns are ignored.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np

from fer2013.core.constants import CLASSES, SIDE, TRAINING, UNLABELLED, USAGES
from fer2013.runtime.errors import BadInput

ROLES = ("emotion", "pixels", "usage")
SEPARATORS = (",", ";", "\t")
LONGEST_HEADER = 4_096  # characters
NO_LABEL = -1
CLASS_WORDS = {name.lower(): code for code, name in enumerate(CLASSES)} | {
    "anger": 0,
    "disgusted": 1,
    "fearful": 2,
    "happiness": 3,
    "sadness": 4,
    "surprised": 5,
}  # instead of a number, a label may be one of these words
LABELS = {str(code): code for code in range(len(CLASSES))} | CLASS_WORDS
USAGE_WORDS = {usage.lower(): usage for usage in USAGES[:3]}
GREY_LEVELS = {f"{level:0{digits}}": level for level in range(256) for digits in (1, 2, 3)}


@dataclass(frozen=True)
class Columns:
    """Which column is which, counted from 0."""

    titles: tuple[str, ...]  # of all columns
    separator: str
    pixels: int
    emotion: int | None
    usage: int | None

    @property
    def ignored(self) -> list[str]:
        return [title for title in self.titles if title.lower() not in ROLES]


class Row(NamedTuple):
    number: int  # 0 after the header: pandas' index if no line is empty
    emotion: int  # 0–6, or NO_LABEL
    usage: str
    pixels: np.ndarray  # uint8 [48, 48]


class BadRow(NamedTuple):
    number: int
    reason: str


def read_columns(path: Path) -> Columns | None:
    """Read the first line; None if it names no column `pixels`.

    Raises:
        BadInput: the file cannot be read, or two columns have the same name.
    """
    header = read_header(path)
    for separator in SEPARATORS:
        try:
            titles = tuple(title.strip() for title in _cells(header, separator))
        except csv.Error:
            continue
        names = [title.lower() for title in titles]
        if "pixels" not in names:
            continue
        for role in ROLES:
            if names.count(role) > 1:
                raise BadInput(f"{path}, line 1: two columns are called {role}; leave one.")
        emotion, usage = (
            names.index(role) if role in names else None for role in ("emotion", "usage")
        )
        return Columns(titles, separator, names.index("pixels"), emotion, usage)
    return None


def read_header(path: Path) -> str:
    """The start of the first line.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        with _open(path) as file:
            return file.readline(LONGEST_HEADER)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}); check the path, or remove the file."
        ) from None


def read_rows(path: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Yield the rows. Lines of separators alone, as Excel leaves them, are no rows.

    Raises:
        BadInput: there are none, or the last line is cut off.
    """
    empty = True
    with _open(path) as file:
        file.readline()
        for number, line in enumerate(file):
            if not line.strip(columns.separator + " \n"):
                continue
            empty = False
            try:
                row: Row | BadRow = Row(number, *_parse(line, columns))
            except (ValueError, csv.Error) as error:
                row = BadRow(number, str(error))
            whole = isinstance(row, Row) and not _ends_in_pixels(line, columns)
            if not line.endswith("\n") and not whole:
                raise BadInput(
                    f"{path}, line {number + 2}: the last line has no line end, so the file may "
                    "have been cut off there; download it again, or add the line end if you know "
                    "that the row is whole."
                )
            yield row
    if empty:
        raise BadInput(f"{path} has a header and no rows; download it again.")


def _ends_in_pixels(line: str, columns: Columns) -> bool:
    """Is the end of the line a number? Without a line end its last digits may be missing."""
    return columns.pixels == len(columns.titles) - 1 and not line.rstrip(" ").endswith('"')


def parse_pixels(text: str) -> np.ndarray:
    """2,304 integers from 0 to 255 → uint8 [48, 48]

    Raises:
        ValueError: it is something else; the message says what.
    """
    words = text.split()
    try:
        values = bytes(map(GREY_LEVELS.__getitem__, words))
    except KeyError as error:
        (word,) = error.args
        number = words.index(word) + 1
        raise ValueError(f"pixel {number} is {word[:20]!r}, not an integer from 0 to 255") from None
    if len(values) != SIDE * SIDE:
        raise ValueError(f"{len(values)} pixels instead of {SIDE * SIDE}")
    return np.frombuffer(values, np.uint8).reshape(SIDE, SIDE)


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", errors="backslashreplace")


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))


def _parse(line: str, columns: Columns) -> tuple[int, str, np.ndarray]:
    """Return label, usage and pixels, or raise ValueError or csv.Error."""
    cells = _cells(line, columns.separator)
    if len(cells) != len(columns.titles):
        raise ValueError(f"{len(cells)} columns instead of {len(columns.titles)}")
    emotion, usage = NO_LABEL, UNLABELLED
    if columns.emotion is not None:
        emotion, usage = _label(cells[columns.emotion].strip()), TRAINING
    if columns.usage is not None:
        usage = _usage(cells[columns.usage].strip())
    return emotion, usage, parse_pixels(cells[columns.pixels])


def _label(text: str) -> int:
    label = LABELS.get(text.lower())
    if label is None:
        raise ValueError(f"emotion is {text[:20]!r}, not an integer from 0 to 6 or a class")
    return label


def _usage(text: str) -> str:
    usage = USAGE_WORDS.get(text.lower())
    if usage is None:
        raise ValueError(f"Usage is {text[:20]!r}, not {', '.join(USAGES[:2])} or {USAGES[2]}")
    return usage
