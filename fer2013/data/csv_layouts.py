"""The CSV files in which FER2013 goes round, read row by row into arrays.

    fer2013.csv          emotion,pixels,Usage      all 35,887 rows, test labels included
    icml_face_data.csv   emotion, Usage, pixels    the same (the spaces belong to the names)
    train.csv, test.csv  emotion,pixels / pixels   the competition's files, test rows unlabelled

A file's header tells its layout. A folder may hold several, as Kaggle's zip does: the first in
this list that is there is read. Rows are checked one by one and never guessed at: one newline
(or CRLF) ends each, the last one too, because without it a cut-off file looks like a whole one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from fer2013.base.constants import CLASSES, TRAINING, UNLABELLED, USAGES
from fer2013.base.sections import Section
from fer2013.data.pixels import BLOCK, in_print, parse_block, why_bad
from fer2013.runtime.errors import BadInput

NO_LABEL = -1
LONGEST_LINE = 16_384  # bytes; 2,304 pixels, label and usage take at most 9,300


class Data(Section):
    folder: str


class Ingest(Section):
    on_bad_row: Literal["fail", "drop"]


@dataclass(frozen=True)
class Layout:
    """Which column holds what, and what stands for a column that is not there."""

    columns: int
    pixels: int
    emotion: int | None = None
    usage: int | None = None
    usage_of_all: str = TRAINING


FER2013 = Layout(columns=3, emotion=0, pixels=1, usage=2)
ICML = Layout(columns=3, emotion=0, usage=1, pixels=2)
TRAIN = Layout(columns=2, emotion=0, pixels=1)
TEST = Layout(columns=1, pixels=0, usage_of_all=UNLABELLED)
LAYOUTS = {
    b"emotion,pixels,Usage": FER2013,
    b"emotion, Usage, pixels": ICML,
    b"emotion,pixels": TRAIN,
    b"pixels": TEST,
}
PRECEDENCE = ((FER2013,), (ICML,), (TRAIN, TEST))
KNOWN_NAMES = ("fer2013.csv", "icml_face_data.csv", "train.csv", "test.csv")

LABELS = {b"%d" % label: label for label in range(len(CLASSES))}
USAGE_CODES = {usage.encode(): code for code, usage in enumerate(USAGES[:3])}


@dataclass(frozen=True)
class Source:
    path: Path
    layout: Layout


@dataclass
class Rows:
    """A few consecutive good rows of one file."""

    pixels: np.ndarray  # uint8 [rows, 48, 48]
    emotions: list[int]  # 0–6, or NO_LABEL
    usages: list[int]  # places in USAGES
    numbers: list[int]  # 0-based row number in the file, as pandas counts


class Split(NamedTuple):
    """One line, its label and usage checked, its pixels still text."""

    emotion: int
    usage: int
    text: bytes


@dataclass
class BadRows:
    """How many rows were refused, and why the first ten of them were."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, reason: str) -> None:
        self.count += 1
        if len(self.first) < 10:
            self.first.append(f"{path}, line {line}: {reason}")

    def refuse(self) -> None:
        """Raise BadInput if there are any."""
        if self.count:
            raise BadInput(
                f"{self.count} bad rows; mend them, or leave them out by setting "
                "ingest.on_bad_row: drop in params.yaml. The first:\n  " + "\n  ".join(self.first)
            )


def find_sources(folder: Path) -> list[Source]:
    """Return the files to read from a folder, training rows first.

    Raises:
        BadInput: no layout is there, a known file has another header, or two files share one.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; it should hold {_wanted()}.")
    found: dict[Layout, Path] = {}
    for path in sorted(folder.glob("*.csv")):
        layout = LAYOUTS.get(_header(path))
        if layout is None and path.name in KNOWN_NAMES:
            raise BadInput(_wrong_header(path))
        if layout is None:
            continue  # such as example_submission.csv
        if layout in found:
            raise BadInput(
                f"{path} and {found[layout].name} have the same header; "
                "leave in the folder only the one to be read."
            )
        found[layout] = path
    for layouts in PRECEDENCE:
        if layouts[0] in found:
            return [Source(found[layout], layout) for layout in layouts if layout in found]
    raise BadInput(f"{folder} holds no training rows; it should hold {_wanted()}.")


def read_rows(source: Source, bad_rows: BadRows) -> Iterator[Rows]:
    """Yield the rows of one file, some at a time; refused rows are told to `bad_rows`.

    Raises:
        BadInput: the file has no row at all.
    """
    lines = enumerate(_lines(source.path))
    first = block = list(islice(lines, BLOCK))
    if not first:
        raise BadInput(f"{source.path} holds a header and no rows; download it again.")
    while block:
        rows = _read_block(block, source, bad_rows)
        if rows is not None:
            yield rows
        block = list(islice(lines, BLOCK))


def _read_block(block: list[tuple[int, bytes]], source: Source, bad_rows: BadRows) -> Rows | None:
    split = [(number, _split(line, source.layout)) for number, line in block]
    good = [(number, row) for number, row in split if not isinstance(row, str)]
    pixels = parse_block([row.text for _, row in good]) if good else None
    if pixels is None or len(good) < len(block):
        good = _sort_out(split, source.path, bad_rows)
        if not good:
            return None
        pixels = parse_block([row.text for _, row in good])
        assert pixels is not None, "parse_block refuses a row in which why_bad finds nothing"
    return Rows(
        pixels,
        emotions=[row.emotion for _, row in good],
        usages=[row.usage for _, row in good],
        numbers=[number for number, _ in good],
    )


def _sort_out(
    split: list[tuple[int, Split | str]], path: Path, bad_rows: BadRows
) -> list[tuple[int, Split]]:
    """Tell the bad rows of a block to `bad_rows`, in order, and return the others."""
    good = []
    for number, row in split:
        reason = row if isinstance(row, str) else why_bad(row.text)
        if reason is not None:
            bad_rows.add(path, number + 2, reason)  # line 1 is the header
        elif not isinstance(row, str):
            good.append((number, row))
    return good


def _wanted() -> str:
    return "fer2013.csv, icml_face_data.csv, or train.csv (with test.csv)"


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST_LINE)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}); mend it or take it out of the folder."
        ) from None
    return line.removesuffix(b"\n").removesuffix(b"\r")


def _wrong_header(path: Path) -> str:
    header = _header(path)[:60]
    if not header:
        return f"{path} is empty or starts with an empty line; download it again."
    allowed = ", ".join(repr(name.decode()) for name in LAYOUTS)
    return (
        f"{path}, line 1: the header is {in_print(header)}; it must be one of {allowed}, in ASCII."
    )


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines after the header with their ends; of an overlong line only its start."""
    # Python's own buffer is smaller than a line: reading would take twice as long.
    with path.open("rb", buffering=16 * LONGEST_LINE) as file:
        file.readline(LONGEST_LINE)
        while line := file.readline(LONGEST_LINE):
            rest = line
            while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE)
            yield line


def _split(line: bytes, layout: Layout) -> Split | str:
    """Return a line's columns, or what is wrong with it."""
    if not line.endswith(b"\n"):
        if len(line) == LONGEST_LINE:
            return f"longer than {LONGEST_LINE} bytes"
        return "the last line has no line end, so the file may have been cut off there"
    fields = line.removesuffix(b"\n").removesuffix(b"\r").split(b",")
    if len(fields) != layout.columns:
        return f"{len(fields)} columns instead of {layout.columns}"
    fields = [_unquoted(text.strip(b" ")) for text in fields]
    label, usage = NO_LABEL, USAGES.index(layout.usage_of_all)
    if layout.emotion is not None:
        text = fields[layout.emotion]
        if text not in LABELS:
            return f"emotion is {in_print(text[:20])}, not an integer from 0 to 6"
        label = LABELS[text]
    if layout.usage is not None:
        text = fields[layout.usage]
        if text not in USAGE_CODES:
            return f"Usage is {in_print(text[:20])}, not {', '.join(USAGES[:2])} or {USAGES[2]}"
        usage = USAGE_CODES[text]
    return Split(label, usage, fields[layout.pixels])


def _unquoted(text: bytes) -> bytes:
    if len(text) >= 2 and text.startswith(b'"') and text.endswith(b'"'):
        return text[1:-1]
    return text
