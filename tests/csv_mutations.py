"""A slow, obviously right reader of one CSV file, and files to try it and the real one on.

`read_slowly` takes nothing from the package: no numpy, no blocks, one rule after another.
`MUTATIONS` spoil a good file as disks, editors, spreadsheets and scripts do; some leave it
good, because a reader that refuses everything would be never wrong too.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from fer2013.core.constants import USAGES
from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import NO_LABEL, read_rows
from fer2013.data.csv_sources import find_sources
from fer2013.runtime.errors import BadInput

HEADERS = (  # as files are published
    b"emotion,pixels,Usage",
    b"emotion, Usage, pixels",
    b"emotion,pixels",
    b"pixels",
)
LONGEST_LINE = 16_384
LONGEST_HEADER = 4_096
PIXELS = 2_304
CLASSES = (
    (b"angry", b"anger"),
    (b"disgust", b"disgusted"),
    (b"fear", b"fearful"),
    (b"happy", b"happiness"),
    (b"sad", b"sadness"),
    (b"surprise", b"surprised"),
    (b"neutral",),
)


class Columns(NamedTuple):
    separator: bytes
    names: list[bytes]  # in lower case


class Row(NamedTuple):
    number: int  # 0-based
    label: int | None
    usage: str
    pixels: bytes


@dataclass
class Reading:
    """What a reader made of a file: refused as a whole, or good rows and bad lines."""

    refused: bool = False
    rows: list[Row] = field(default_factory=list)
    bad_lines: list[int] = field(default_factory=list)  # 1-based, the header being line 1
    cut_off: bool = False

    @property
    def outcome(self) -> str:
        if self.refused:
            return "file refused"
        return "rows refused" if self.bad_lines else "all rows good"


def read_slowly(content: bytes) -> Reading:
    header, *lines = split_lines(content)
    header = without_end(header).removeprefix(b"\xef\xbb\xbf")
    columns = read_columns(header) if len(header) <= LONGEST_HEADER else None
    if columns is None or all(is_blank(line, columns) for line in lines):
        return Reading(refused=True)
    reading = Reading()
    for number, line in enumerate(lines):
        if is_blank(line, columns):
            continue
        row = read_line(line, columns, number)
        if row is None:
            reading.bad_lines.append(number + 2)
            reading.cut_off = reading.cut_off or is_cut_off(line, columns)
        else:
            reading.rows.append(row)
    return reading


def read_columns(header: bytes) -> Columns | None:
    """The columns of a fer2013.csv, or None if the header does not tell them for sure."""
    for separator in (b",", b";", b"\t"):
        fields = split_fields(header, separator) or []
        names = [unquoted(name).lower() for name in fields]
        if b"pixels" in names:
            break
    else:
        return None
    if any(names.count(name) > 1 for name in (b"emotion", b"pixels", b"usage")):
        return None
    others = [name for name in names if name not in (b"emotion", b"pixels", b"usage")]
    for name in others:
        for part in name.replace(b";", b",").replace(b"\t", b",").split(b","):
            if unquoted(part) in (b"emotion", b"pixels", b"usage"):
                return None
    if b"emotion" not in names and (b"usage" in names or any(others)):
        return None
    return Columns(separator, names)


def split_fields(line: bytes, separator: bytes) -> list[bytes] | None:
    """Split at separators outside of quotes; None if quotes stand where they should not."""
    fields, rest = [], line
    while True:
        start = rest.lstrip(b" ")
        if start.startswith(b'"'):
            end = 1
            while start[end : end + 1] != b'"' or start[end : end + 2] == b'""':
                if end >= len(start):
                    return None
                end += 2 if start[end : end + 2] == b'""' else 1
            field, rest = start[: end + 1], start[end + 1 :].lstrip(b" ")
            if rest and not rest.startswith(separator):
                return None
        else:
            field = rest.split(separator)[0]
            rest = rest[len(field) :]
            if b'"' in field:
                return None
        fields.append(field)
        if not rest:
            return fields
        rest = rest[1:]


def is_blank(line: bytes, columns: Columns) -> bool:
    if len(line) > LONGEST_LINE or (len(line) == LONGEST_LINE and not line.endswith(b"\n")):
        return False
    return all(byte in columns.separator + b" \r\n" for byte in line)


def is_cut_off(line: bytes, columns: Columns) -> bool:
    """Of a bad last line: is it bad because its end is missing?"""
    if line.endswith(b"\n") or len(line) >= LONGEST_LINE:
        return False
    if columns.names[-1] == b"pixels" and not line.rstrip(b" ").endswith(b'"'):
        return True
    return cells_of(line, columns) is None


def split_lines(content: bytes) -> list[bytes]:
    """The lines with their ends; there is always a first one, if need be empty."""
    *ended, rest = content.split(b"\n")
    lines = [line + b"\n" for line in ended]
    return [*lines, rest] if rest or not lines else lines


def without_end(line: bytes) -> bytes:
    if line.endswith(b"\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith((b"\n", b"\r")) else line


def read_line(line: bytes, columns: Columns, number: int) -> Row | None:
    ended = line.endswith(b"\n")
    if len(line) > LONGEST_LINE or (len(line) == LONGEST_LINE and not ended):
        return None
    closed = ended or columns.names[-1] != b"pixels" or line.rstrip(b" ").endswith(b'"')
    cells = cells_of(line, columns)
    if cells is None or not closed:
        return None
    pixels = read_pixels(cells[b"pixels"])
    label = None if b"emotion" not in cells else label_of(cells[b"emotion"])
    usage = "Unlabelled" if label is None else "Training"
    if b"usage" in cells:
        usage = usage_of(cells[b"usage"]) or ""
    return None if pixels is None else Row(number, label, usage, pixels)


def cells_of(line: bytes, columns: Columns) -> dict[bytes, bytes] | None:
    """A line's cells by column, or None if their number, the label or the usage is wrong."""
    fields = split_fields(without_end(line if line.endswith(b"\n") else line + b"\n"), columns[0])
    if fields is None or len(fields) != len(columns.names):
        return None
    cells = dict(zip(columns.names, map(unquoted, fields), strict=True))
    if b"emotion" in cells and label_of(cells[b"emotion"]) is None:
        return None
    if b"usage" in cells and usage_of(cells[b"usage"]) is None:
        return None
    return cells


def label_of(text: bytes) -> int | None:
    for label, words in enumerate(CLASSES):
        if text == str(label).encode() or text.lower() in words:
            return label
    return None


def usage_of(text: bytes) -> str | None:
    for usage in ("Training", "PublicTest", "PrivateTest"):
        if text.lower() == usage.lower().encode():
            return usage
    return None


def unquoted(text: bytes) -> bytes:
    text = text.strip(b" ")
    if len(text) > 1 and text[:1] == text[-1:] == b'"':
        return text[1:-1].strip(b" ")
    return text


@lru_cache(maxsize=256)  # most rows of the files below come from a few good ones
def read_pixels(text: bytes) -> bytes | None:
    words = text.split(b" ")
    if len(words) != PIXELS:
        return None
    values = []
    for word in words:
        if not 1 <= len(word) <= 3 or word.strip(b"0123456789") != b"" or int(word) > 255:
            return None
        values.append(int(word))
    return bytes(values)


class EveryBadRow(BadRows):
    """BadRows that keeps all line numbers, not only the first ten sentences."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []

    def add(self, where: str, reason: str) -> None:
        assert reason.isprintable(), repr(reason)
        self.lines.append(int(where.rpartition(" ")[2]))
        super().add(where, reason)


def read_as_the_package_does(folder: Path, content: bytes) -> Reading:
    """Read `content` as a fer2013.csv; any exception but BadInput passes through."""
    (folder / "fer2013.csv").write_bytes(content)
    header = content[:100].partition(b"\n")[0].lower()
    if b"pixels" in header and b"emotion" not in header:  # test rows alone are refused
        (folder / "train.csv").write_bytes(b"emotion,pixels\n")
    else:
        (folder / "train.csv").unlink(missing_ok=True)
    return read_folder(folder)


def read_folder(folder: Path) -> Reading:
    """Read a folder's fer2013.csv with the package."""
    path = folder / "fer2013.csv"
    bad_rows, rows = EveryBadRow(), []
    try:
        source = next(source for source in find_sources(folder) if source.path == path)
        for block in read_rows(source, bad_rows):
            for index, number in enumerate(block.numbers):
                label = block.emotions[index]
                usage = USAGES[block.usages[index]]
                pixels = block.pixels[index].tobytes()
                rows.append(Row(number, None if label == NO_LABEL else label, usage, pixels))
    except BadInput as error:
        assert str(error).isprintable(), repr(error)
        return Reading(refused=True)
    assert bad_rows.count == len(bad_rows.lines)
    assert bad_rows.rows == len(rows) + bad_rows.count
    return Reading(False, rows, bad_rows.lines, bad_rows.cut_off is not None)


# Good files


@lru_cache(maxsize=1)
def good_pixel_texts() -> list[bytes]:
    """Faces of one, two and three digits a pixel, the extremes, and one with leading zeros."""
    rng = random.Random(0)
    texts = [
        b" ".join(b"%d" % rng.randrange(ceiling) for _ in range(PIXELS))
        for ceiling in (1, 10, 100, 256, 256, 256)
    ]
    return [*texts, b" ".join([b"255"] * PIXELS), b" ".join([b"007"] * PIXELS)]


def good_file(rng: random.Random, rows: int) -> bytes:
    """A file as it is published or, half of the time, as programs leave it."""
    header = rng.choice(HEADERS)
    if rng.randrange(2) == 0:
        header = rearranged(rng, header)
    separator = next((sep for sep in (b",", b";", b"\t") if sep in header), b",")
    words = rng.randrange(4) == 0
    lines = [header]
    for _ in range(rows):
        label = rng.randrange(7)
        cells = {
            b"emotion": rng.choice(CLASSES[label]).title() if words else b"%d" % label,
            b"usage": rng.choice([b"Training", b"PublicTest", b"PrivateTest", b"training"]),
            b"pixels": rng.choice(good_pixel_texts()),
        }
        names = [unquoted(name).lower() for name in header.split(separator)]
        lines.append(separator.join(cells.get(name, other_cell(rng)) for name in names))
    return b"".join(line + b"\n" for line in lines)


def rearranged(rng: random.Random, header: bytes) -> bytes:
    """A header with its columns in another order, others among them, otherwise written."""
    names = [name.strip() for name in header.split(b",")]
    if len(names) > 1:
        names += rng.sample([b"", b"Unnamed: 0", b"name", b"fear", b"a b"], rng.randrange(3))
        rng.shuffle(names)
    style: Any = rng.choice([bytes.upper, bytes.title, bytes.strip, lambda name: b' "%b" ' % name])
    return rng.choice([b",", b",", b";", b"\t"]).join([style(name) for name in names])


def other_cell(rng: random.Random) -> bytes:
    return rng.choice(
        [b"", b"17", b"3", b"fer0000001.png", b'"a, b; c"', b'"3,Training"', b'"5"""']
    )


# Mutations: (random numbers, a file) → a file

Mutation = Callable[[random.Random, bytes], bytes]
Edit = Callable[[random.Random, bytes], bytes]


def in_a_row(edit: Edit) -> Mutation:
    """Edit one row, without its line end."""

    def mutate(rng: random.Random, content: bytes) -> bytes:
        header, *lines = content.split(b"\n")
        rows = len(lines) - (lines[-1:] == [b""])
        if rows:
            index = rng.randrange(rows)
            lines[index] = edit(rng, lines[index])
        return b"\n".join([header, *lines])

    return mutate


def in_a_field(edit: Edit, pixels: bool) -> Mutation:
    """Edit one row's pixels, or one of its other fields (its pixels where it has no other)."""

    def mutate(rng: random.Random, row: bytes) -> bytes:
        separator = separator_of(row)
        fields = row.split(separator)
        by_length = sorted(range(len(fields)), key=lambda index: len(fields[index]))
        index = by_length[-1] if pixels else rng.choice(by_length[:-1] or by_length)
        fields[index] = edit(rng, fields[index])
        return separator.join(fields)

    return in_a_row(mutate)


def separator_of(row: bytes) -> bytes:
    """What most likely separates a row's fields."""
    return max((b",", b";", b"\t"), key=row.count)


def with_a_word(*words: bytes) -> Mutation:
    """Put one of the words in a pixel's place."""

    def edit(rng: random.Random, text: bytes) -> bytes:
        pixels = text.split(b" ")
        pixels[rng.randrange(len(pixels))] = rng.choice(words)
        return b" ".join(pixels)

    return in_a_field(edit, pixels=True)


def with_bytes(*texts: bytes) -> Mutation:
    """Insert one of the texts anywhere."""

    def mutate(rng: random.Random, content: bytes) -> bytes:
        position = rng.randrange(len(content) + 1)
        return content[:position] + rng.choice(texts) + content[position:]

    return mutate


def flipped_bytes(rng: random.Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(rng.randint(1, 4) if content else 0):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return bytes(spoilt)


def missing_bytes(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.choice([1, 2, 3, 4096, 20_000]) :]


def doubled_bytes(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content) + 1)
    end = start + rng.choice([1, 2, 3, 4096, 20_000])
    return content[:end] + content[start:]


def joined_rows(rng: random.Random, content: bytes) -> bytes:
    ends = [position for position, byte in enumerate(content) if byte == ord("\n")]
    if not ends:
        return content
    position = rng.choice(ends)
    return content[:position] + content[position + 1 :]


def mixed_line_ends(rng: random.Random, content: bytes) -> bytes:
    ends = [b"\n", b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\r", b"\x0b", b"\x0c", b"\x1c", b"\x85"]
    return b"".join(
        without_end(line) + rng.choice(ends) if line.endswith(b"\n") else line
        for line in split_lines(content)
    )


def shifted_pixel(rng: random.Random, content: bytes) -> bytes:
    """Move a row's last pixel to a later one's start: 2,303 and 2,305, right on the average."""
    lines = [line.split(b",") for line in content.split(b"\n")]
    if len(lines) < 4:
        return content
    column = max(range(len(lines[1])), key=lambda position: len(lines[1][position]))
    first, second = sorted(rng.sample(range(1, len(lines) - 1), 2))
    if min(len(lines[first]), len(lines[second])) > column:
        lines[first][column], _, pixel = lines[first][column].rpartition(b" ")
        lines[second][column] = pixel + b" " + lines[second][column]
    return b"\n".join(b",".join(fields) for fields in lines)


def wrong_header(rng: random.Random, content: bytes) -> bytes:
    others = [
        *HEADERS,
        b"",
        b"Pixels,EMOTION",
        b"emotion,pixels,pixels",
        b"emotion;Usage,pixels",
        b"emotion",
        b"Emotion,Pixels,Usage",
        b"pixels,emotion",
        b"\x00" * 9,
    ]
    others += [b"emotion;pixels", b'"emotion","pixels"', b" emotion,pixels", b"emotion,pixels,"]
    return rng.choice(others) + b"\n" + content.partition(b"\n")[2]


def shuffled_columns(rng: random.Random, row: bytes) -> bytes:
    fields = row.split(b",")
    rng.shuffle(fields)
    return b",".join(fields)


def padded(rng: random.Random, row: bytes) -> bytes:
    """Spaces up to the longest line that is allowed, or one byte more or less."""
    return row + b" " * (LONGEST_LINE - 1 - len(row) + rng.randint(-1, 1))


def another_label(rng: random.Random, text: bytes) -> bytes:
    words = [b"Happy", b"7", b"-1", b"3.0", b"03", b"", b" ", b"\xd9\xa3", b"1e0", b"True", b"+3"]
    return rng.choice([*words, b"Test", b"training", b"Training ", b"nan", text + text, b"'3'"])


ODD_PIXELS = (b"seven", b"nan", b"", b"0x7", b"1e2", b"+7", b"7\t", b"\xd9\xa7", b"7_0", b"7;7")

MUTATIONS: dict[str, Mutation] = {
    "nothing": lambda _, content: content,
    "bytes flipped": flipped_bytes,
    "truncated": lambda rng, content: content[: rng.randrange(len(content) + 1)],
    "last line end missing": lambda _, content: content.removesuffix(b"\n"),
    "bytes missing": missing_bytes,
    "bytes doubled": doubled_bytes,
    "rows joined": joined_rows,
    "row split": with_bytes(b"\n", b"\r\n", b"\r"),
    "empty line": in_a_row(lambda _, row: row + b"\n"),
    "blank tail": lambda rng, content: (
        content + rng.choice([b",,\n", b"\n\n", b" , \r\n", b",,", b";"])
    ),
    "byte order mark": lambda _, content: b"\xef\xbb\xbf" + content,
    "CRLF": lambda _, content: content.replace(b"\n", b"\r\n"),
    "mixed line ends": mixed_line_ends,
    "CR only": lambda _, content: content.replace(b"\n", b"\r"),
    "NULs": with_bytes(b"\x00", b"\x00" * 100),
    "UTF-16": lambda _, content: content.decode("latin-1").encode("utf-16"),
    "huge field": in_a_field(lambda rng, text: text * rng.choice([2, 3, 500]), pixels=True),
    "huge label": in_a_field(lambda rng, text: text * rng.choice([2, 20_000]), pixels=False),
    "longest line": in_a_row(padded),
    "negative pixel": with_a_word(b"-1", b"-0", b"-255"),
    "float pixel": with_a_word(b"7.0", b".5", b"1.", b"1e1"),
    "pixel too large": with_a_word(b"256", b"999", b"1000", b"0255", b"99999999999999999999"),
    "odd pixel": with_a_word(*ODD_PIXELS),
    "other digits": with_a_word(b"0", b"00", b"000", b"255", b"007", b"09"),
    "2,303 pixels": in_a_field(lambda _, text: text.partition(b" ")[2], pixels=True),
    "2,305 pixels": in_a_field(lambda _, text: text + b" 7", pixels=True),
    "pixel in another row": shifted_pixel,
    "comma or line end in pixels": with_a_word(b"7\n7", b"7,7"),
    "wrong header": wrong_header,
    "columns shuffled": in_a_row(shuffled_columns),
    "column more": in_a_row(lambda rng, row: row + rng.choice([b",", b",3", b",Training"])),
    "label or usage": in_a_field(another_label, pixels=False),
    "quoted": in_a_field(lambda _, text: b'"' + text + b'"', pixels=True),
    "half quoted": in_a_field(lambda _, text: b'"' + text, pixels=True),
    "quoted label": in_a_field(lambda _, text: b'"' + text + b'"', pixels=False),
    "spaces around": in_a_field(lambda _, text: b"  " + text + b" ", pixels=True),
    "spaces in quotes": in_a_field(lambda _, text: b'" ' + text + b'"', pixels=True),
    "quoted, cut off": lambda _, content: content.removesuffix(b"\n") + b'"',
    "no rows": lambda _, content: content.partition(b"\n")[0] + b"\n",
    "empty": lambda _, content: b"",
}
