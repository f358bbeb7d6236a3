"""The CSV files in which FER2013 goes round, read row by row into arrays.

    fer2013.csv          emotion,pixels,Usage      all 35,887 rows, test labels included
    icml_face_data.csv   emotion, Usage, pixels    the same (the spaces belong to the names)
    train.csv, test.csv  emotion,pixels / pixels   the competition's files, test rows unlabelled

A file's header tells its layout (`csv_header.py`). A folder may hold several, as Kaggle's zip does:
the first in this list that is there is read. Rows are checked one by one and never guessed at. A
newline (or CRLF) ends each. The last one may lack it where what follows the pixels is whole;
where the pixels are last, a file that is cut off would look like a whole one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from fer2013.base.constants import CLASSES, TRAINING, UNLABELLED, USAGES
from fer2013.base.sections import Section
from fer2013.data.csv_header import (
    FER2013,
    ICML,
    LONGEST_LINE,
    TEST,
    TRAIN,
    Layout,
    cleaned,
    is_known,
    layout_of,
    split_quoted,
    wrong_header,
)
from fer2013.data.pixels import BLOCK, in_print, parse_block, why_bad
from fer2013.runtime.errors import BadInput

NO_LABEL = -1
SUFFIXES = (".csv", ".tsv")
LABELLED_TEST = "test.csv with labels"
PRECEDENCE = ((FER2013,), (ICML,), (TRAIN, TEST))
OF_A_TEST = re.compile(
    r"(?<![a-z])(test|testing|val|valid|validation|(public|private)_?test)(?![a-z])"
)

WORDS = {  # a label may also be its class, as adjective or noun
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
LABELS |= {word.encode(): label for word, label in WORDS.items()}
USAGE_CODES = {usage.encode(): code for code, usage in enumerate(USAGES[:3])}
USAGE_CODES |= {usage.lower(): code for usage, code in USAGE_CODES.items()}
CUT_OFF = "the last line has no line end, so the file may have been cut off there"
TRAINING_CODE, UNLABELLED_CODE = USAGES.index(TRAINING), USAGES.index(UNLABELLED)
MANY = 0.1  # a larger share of bad rows is no scatter


class Data(Section):
    folder: str


class Ingest(Section):
    on_bad_row: Literal["fail", "drop"]


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
    numbers: list[int]  # 0-based line after the header: as pandas counts where no line is empty


class Split(NamedTuple):
    """One line, its label and usage checked, its pixels still text."""

    emotion: int
    usage: int
    text: bytes


@dataclass
class BadRows:
    """How many rows were read, how many refused, and why the first ten of those were."""

    rows: int = 0
    count: int = 0
    first: list[str] = field(default_factory=list)
    cut_off: str | None = None  # where a file lacks its end

    def add(self, where: str, reason: str) -> None:
        self.count += 1
        told = f"{where}: {reason}"
        if len(self.first) < 10:
            self.first.append(told)
        if reason == CUT_OFF:
            self.cut_off = self.cut_off or told

    def refuse(self, on_bad_row: str) -> None:
        """Do as ingest.on_bad_row says, "fail" or "drop".

        Raises:
            BadInput: there are bad rows and they are not to be dropped, or a file lacks its end,
                which may be many rows more than the one that can be seen.
        """
        if self.cut_off is not None:
            raise BadInput(
                f"{self.cut_off}; download it again, or add the line end if you know that the "
                "row is whole."
            )
        if not self.count or on_bad_row == "drop":
            return
        first = "The first:\n  " + "\n  ".join(self.first)
        if self.count > MANY * self.rows:
            raise BadInput(
                f"{self.count} of {self.rows} rows are bad, so this is not FER2013 as it should "
                f"be; download it again, or mend what wrote it. {first}"
            )
        raise BadInput(
            f"{self.count} bad rows; mend them, or leave them out by setting "
            f"ingest.on_bad_row: drop in params.yaml. {first}"
        )


def find_sources(folder: Path) -> list[Source]:
    """Return the files to read from a folder, training rows first.

    Raises:
        BadInput: no layout is there, a known file has another header, two files share one, or
            labelled rows do not say which test part they are of.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; it should hold {wanted()}.")
    return sources_among(csv_files(folder), folder)


def sources_among(paths: list[Path], place: Path) -> list[Source]:
    """Return those of the files that are to be read; `place` is where they come from."""
    found: dict[str, Source] = {}
    for path in paths:
        layout = layout_of(path)
        if layout is None and is_known(path):
            raise BadInput(wrong_header(path))
        if layout is None:
            continue  # such as example_submission.csv
        of_a_test = layout.kind == TRAIN and OF_A_TEST.search(path.stem.lower())
        kind = LABELLED_TEST if of_a_test else layout.kind
        if kind in found:
            raise BadInput(
                f"{path} and {found[kind].path.name} have the same columns; "
                "leave in the folder only the one to be read."
            )
        found[kind] = Source(path, layout)
    for kinds in PRECEDENCE:
        if kinds[0] in found and not (kinds[0] == TRAIN and LABELLED_TEST in found):
            return [found[kind] for kind in kinds if kind in found]
    if LABELLED_TEST in found:
        raise BadInput(
            f"{found[LABELLED_TEST].path} has labels and no column Usage that says which test part "
            "its rows are of; take it out of the folder, or join it with train.csv into one file "
            f"with the columns {FER2013} (Usage: {', '.join(USAGES[:3])})."
        )
    raise BadInput(f"{place} holds no training rows; it should hold {wanted()}.")


def csv_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def wanted() -> str:
    return "fer2013.csv, icml_face_data.csv, or train.csv (with test.csv)"


def read_rows(source: Source, bad_rows: BadRows) -> Iterator[Rows]:
    """Yield the rows of one file, some at a time; refused rows are told to `bad_rows`.

    Raises:
        BadInput: the file has no row at all.
    """
    lines = enumerate(_lines(source.path))
    before = bad_rows.rows
    while block := list(islice(lines, BLOCK)):
        rows = _read_block(block, source, bad_rows)
        if rows is not None:
            yield rows
    if bad_rows.rows == before:
        raise BadInput(f"{source.path} holds a header and no rows; download it again.")


def _read_block(block: list[tuple[int, bytes]], source: Source, bad_rows: BadRows) -> Rows | None:
    split = [(number, _split(line, source.layout)) for number, line in block]
    good = [(number, row) for number, row in split if not isinstance(row, str)]
    pixels = parse_block([row.text for _, row in good]) if good else None
    bad_rows.rows += len(block)
    if pixels is None or len(good) < len(block):
        blank = [_is_blank(line, source.layout) for _, line in block]
        bad_rows.rows -= sum(blank)
        split = [row for row, is_blank in zip(split, blank, strict=True) if not is_blank]
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
            bad_rows.add(f"{path}, line {number + 2}", reason)  # line 1 is the header
        elif not isinstance(row, str):
            good.append((number, row))
    return good


def _is_blank(line: bytes, layout: Layout) -> bool:
    """Is it nothing but separators and spaces? Such a line is no row; Excel leaves them."""
    whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
    return whole and not line.strip(layout.separator + b" \r\n")


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
        return _split_last(line, layout)
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    if layout.ignored:
        return _checked(split_quoted(line, layout.separator), layout)
    # Here a separator inside quotes is wrong anyway.
    return _checked(line.split(layout.separator), layout)


def _split_last(line: bytes, layout: Layout) -> Split | str:
    """The same of a line without end: the last one, or the start of one that is too long."""
    if len(line) == LONGEST_LINE:
        return f"longer than {LONGEST_LINE} bytes"
    fields = split_quoted(line.removesuffix(b"\r"), layout.separator)
    row = _checked(fields, layout)
    pixels_are_last = layout.pixels == layout.columns - 1
    if isinstance(row, str) or (pixels_are_last and not line.rstrip(b" ").endswith(b'"')):
        return CUT_OFF
    return row


def _checked(fields: list[bytes] | None, layout: Layout) -> Split | str:
    if fields is None:
        return "a quotation mark is not closed, or stands inside a field"
    if len(fields) != layout.columns:
        return f"{len(fields)} columns instead of {layout.columns}"
    label, usage = NO_LABEL, UNLABELLED_CODE
    if layout.emotion is not None:
        text = cleaned(fields[layout.emotion])
        known = LABELS.get(text) if len(text) == 1 else LABELS.get(text.lower())
        if known is None:
            return f"emotion is {in_print(text[:20])}, not an integer from 0 to 6 or a class"
        label, usage = known, TRAINING_CODE
    if layout.usage is not None:
        text = cleaned(fields[layout.usage])
        code = USAGE_CODES.get(text, USAGE_CODES.get(text.lower()))
        if code is None:
            return f"Usage is {in_print(text[:20])}, not {', '.join(USAGES[:2])} or {USAGES[2]}"
        usage = code
    return Split(label, usage, cleaned(fields[layout.pixels]))
