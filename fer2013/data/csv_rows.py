"""The rows of a CSV file → arrays.

Rows are checked one by one, and nothing is guessed. A line ends with a newline or CRLF. The last
line may lack it if columns after the pixels are complete; if the pixels are the last column, the
file may have been cut off within them, and a shortened number would look like a whole one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fer2013.core.constants import CLASSES, TRAINING, UNLABELLED, USAGES
from fer2013.data.bad_rows import CUT_OFF, BadRows
from fer2013.data.csv_header import LONGEST_LINE, Layout, cleaned, split_quoted
from fer2013.data.csv_sources import Source
from fer2013.data.pixels import BLOCK, in_print, parse_block, why_bad
from fer2013.runtime.errors import BadInput

NO_LABEL = -1
CLASS_WORDS = {  # instead of a number, a label may be one of these words
    "angry": 0,
    "anger": 0,
    "disgust": 1,
    "disgusted": 1,
    "fear": 2,
    "fearful": 2,
    "happy": 3,
    "happiness": 3,
    "sad": 4,
    "sadness": 4,
    "surprise": 5,
    "surprised": 5,
    "neutral": 6,
}
LABELS = {b"%d" % label: label for label in range(len(CLASSES))}
LABELS |= {word.encode(): label for word, label in CLASS_WORDS.items()}
USAGE_CODES = {usage.encode(): code for code, usage in enumerate(USAGES[:3])}
USAGE_CODES |= {usage.lower(): code for usage, code in USAGE_CODES.items()}
TRAINING_CODE, UNLABELLED_CODE = USAGES.index(TRAINING), USAGES.index(UNLABELLED)


@dataclass
class Rows:
    """A few consecutive good rows of one file."""

    pixels: np.ndarray  # uint8 [rows, 48, 48]
    emotions: list[int]  # 0–6, or NO_LABEL
    usages: list[int]  # indices into USAGES
    numbers: list[int]  # line numbers, 0 after the header: pandas' index if no line is empty


class Line(NamedTuple):
    """A line whose label and usage are checked; its pixels are still text."""

    emotion: int
    usage: int
    pixels: bytes


def read_rows(source: Source, bad_rows: BadRows) -> Iterator[Rows]:
    """Yield the good rows of one file, some at a time; bad ones are added to `bad_rows`.

    Raises:
        BadInput: the file has no rows.
    """
    lines = enumerate(_lines(source.path))
    before = bad_rows.rows
    while block := list(islice(lines, BLOCK)):
        rows = _read_block(block, source, bad_rows)
        if rows is not None:
            yield rows
    if bad_rows.rows == before:
        raise BadInput(f"{source.path} has a header and no rows; download it again.")


def _read_block(block: list[tuple[int, bytes]], source: Source, bad_rows: BadRows) -> Rows | None:
    parsed = [(number, _parse(line, source.layout)) for number, line in block]
    good = [(number, row) for number, row in parsed if not isinstance(row, str)]
    pixels = parse_block([row.pixels for _, row in good]) if good else None
    bad_rows.rows += len(block)
    if pixels is None or len(good) < len(block):
        blank = [_is_blank(line, source.layout) for _, line in block]
        bad_rows.rows -= sum(blank)
        parsed = [row for row, is_blank in zip(parsed, blank, strict=True) if not is_blank]
        good = _good_rows(parsed, source.path, bad_rows)
        if not good:
            return None
        pixels = parse_block([row.pixels for _, row in good])
        assert pixels is not None, "parse_block refuses a row in which why_bad finds nothing"
    return Rows(
        pixels,
        emotions=[row.emotion for _, row in good],
        usages=[row.usage for _, row in good],
        numbers=[number for number, _ in good],
    )


def _good_rows(
    parsed: list[tuple[int, Line | str]], path: Path, bad_rows: BadRows
) -> list[tuple[int, Line]]:
    """Return the good rows of a block, and add the bad ones to `bad_rows` in order."""
    good = []
    for number, row in parsed:
        reason = row if isinstance(row, str) else why_bad(row.pixels)
        if reason is not None:
            bad_rows.add(f"{path}, line {number + 2}", reason)  # line 1 is the header
        elif not isinstance(row, str):
            good.append((number, row))
    return good


def _is_blank(line: bytes, layout: Layout) -> bool:
    """Does it consist of separators and spaces? Excel leaves such lines, which are no rows."""
    complete = line.endswith(b"\n") or len(line) < LONGEST_LINE
    return complete and not line.strip(layout.separator + b" \r\n")


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines after the header with their line ends; of an overlong line, the start."""
    # Python's own buffer is smaller than a line: reading would take twice as long.
    with path.open("rb", buffering=16 * LONGEST_LINE) as file:
        file.readline(LONGEST_LINE)
        while line := file.readline(LONGEST_LINE):
            rest = line
            while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE)
            yield line


def _parse(line: bytes, layout: Layout) -> Line | str:
    """Return a line's columns, or what is wrong with it."""
    if not line.endswith(b"\n"):
        return _parse_unended(line, layout)
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    if layout.ignored:
        return _checked(split_quoted(line, layout.separator), layout)
    # Here a separator inside quotes is wrong anyway.
    return _checked(line.split(layout.separator), layout)


def _parse_unended(line: bytes, layout: Layout) -> Line | str:
    """Parse a line without line end: the last line, or the start of one that is too long."""
    if len(line) == LONGEST_LINE:
        return f"longer than {LONGEST_LINE} bytes"
    fields = split_quoted(line.removesuffix(b"\r"), layout.separator)
    row = _checked(fields, layout)
    pixels_are_last = layout.pixels == layout.columns - 1
    if isinstance(row, str) or (pixels_are_last and not line.rstrip(b" ").endswith(b'"')):
        return CUT_OFF
    return row


def _checked(fields: list[bytes] | None, layout: Layout) -> Line | str:
    if fields is None:
        return "a quotation mark is not closed, or is within a field"
    if len(fields) != layout.columns:
        return f"{len(fields)} columns instead of {layout.columns}"
    label, usage = NO_LABEL, UNLABELLED_CODE
    if layout.emotion is not None:
        text = cleaned(fields[layout.emotion])
        number = LABELS.get(text) if len(text) == 1 else LABELS.get(text.lower())
        if number is None:
            return f"emotion is {in_print(text[:20])}, not an integer from 0 to 6 or a class"
        label, usage = number, TRAINING_CODE
    if layout.usage is not None:
        text = cleaned(fields[layout.usage])
        code = USAGE_CODES.get(text, USAGE_CODES.get(text.lower()))
        if code is None:
            return f"Usage is {in_print(text[:20])}, not {', '.join(USAGES[:2])} or {USAGES[2]}"
        usage = code
    return Line(label, usage, cleaned(fields[layout.pixels]))
