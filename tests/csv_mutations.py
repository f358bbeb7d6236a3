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
from typing import NamedTuple

from fer2013.base.constants import USAGES
from fer2013.data.csv_layouts import NO_LABEL, BadRows, find_sources, read_rows
from fer2013.runtime.errors import BadInput

HEADERS = {  # header: which column is what
    b"emotion,pixels,Usage": ("label", "pixels", "usage"),
    b"emotion, Usage, pixels": ("label", "usage", "pixels"),
    b"emotion,pixels": ("label", "pixels"),
    b"pixels": ("pixels",),
}
LONGEST_LINE = 16_384
PIXELS = 2_304


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

    @property
    def outcome(self) -> str:
        if self.refused:
            return "file refused"
        return "rows refused" if self.bad_lines else "all rows good"


def read_slowly(content: bytes) -> Reading:
    header, *lines = split_lines(content)
    columns = HEADERS.get(without_end(header))
    if columns is None or not lines:
        return Reading(refused=True)
    reading = Reading()
    for number, line in enumerate(lines):
        row = read_line(line, columns, number)
        if row is None:
            reading.bad_lines.append(number + 2)
        else:
            reading.rows.append(row)
    return reading


def split_lines(content: bytes) -> list[bytes]:
    """The lines with their ends; there is always a first one, if need be empty."""
    *ended, rest = content.split(b"\n")
    lines = [line + b"\n" for line in ended]
    return [*lines, rest] if rest or not lines else lines


def without_end(line: bytes) -> bytes:
    if line.endswith(b"\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith((b"\n", b"\r")) else line


def read_line(line: bytes, columns: tuple[str, ...], number: int) -> Row | None:
    if not line.endswith(b"\n") or len(line) > LONGEST_LINE:
        return None
    texts = [unquoted(text.strip(b" ")) for text in without_end(line).split(b",")]
    if len(texts) != len(columns):
        return None
    cells = dict(zip(columns, texts, strict=True))
    label = None
    if "label" in cells:
        if cells["label"] not in (b"0", b"1", b"2", b"3", b"4", b"5", b"6"):
            return None
        label = int(cells["label"])
    usage = cells.get("usage", b"Unlabelled" if label is None else b"Training")
    if "usage" in cells and usage not in (b"Training", b"PublicTest", b"PrivateTest"):
        return None
    pixels = read_pixels(cells["pixels"])
    return None if pixels is None else Row(number, label, usage.decode(), pixels)


def unquoted(text: bytes) -> bytes:
    return text[1:-1] if len(text) > 1 and text[:1] == text[-1:] == b'"' else text


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

    def add(self, path: Path, line: int, reason: str) -> None:
        assert reason.isprintable(), repr(reason)
        self.lines.append(line)
        super().add(path, line, reason)


def read_as_the_package_does(folder: Path, content: bytes) -> Reading:
    """Read `content` as a fer2013.csv; any exception but BadInput passes through."""
    (folder / "fer2013.csv").write_bytes(content)
    if content.startswith(b"pixels"):  # test rows alone are refused
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
            for place, number in enumerate(block.numbers):
                label = block.emotions[place]
                usage = USAGES[block.usages[place]]
                pixels = block.pixels[place].tobytes()
                rows.append(Row(number, None if label == NO_LABEL else label, usage, pixels))
    except BadInput as error:
        assert str(error).isprintable(), repr(error)
        return Reading(refused=True)
    assert bad_rows.count == len(bad_rows.lines)
    return Reading(rows=rows, bad_lines=bad_rows.lines)


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
    header, columns = rng.choice(list(HEADERS.items()))
    lines = [header]
    for _ in range(rows):
        cells = {
            "label": b"%d" % rng.randrange(7),
            "usage": rng.choice([b"Training", b"PublicTest", b"PrivateTest"]),
            "pixels": rng.choice(good_pixel_texts()),
        }
        lines.append(b",".join(cells[column] for column in columns))
    return b"".join(line + b"\n" for line in lines)


# Mutations: (random numbers, a file) → a file

Mutation = Callable[[random.Random, bytes], bytes]
Edit = Callable[[random.Random, bytes], bytes]


def in_a_row(edit: Edit) -> Mutation:
    """Edit one row, without its line end."""

    def mutate(rng: random.Random, content: bytes) -> bytes:
        header, *lines = content.split(b"\n")
        rows = len(lines) - (lines[-1:] == [b""])
        if rows:
            place = rng.randrange(rows)
            lines[place] = edit(rng, lines[place])
        return b"\n".join([header, *lines])

    return mutate


def in_a_field(edit: Edit, pixels: bool) -> Mutation:
    """Edit one row's pixels, or one of its other fields (its pixels where it has no other)."""

    def mutate(rng: random.Random, row: bytes) -> bytes:
        fields = row.split(b",")
        by_length = sorted(range(len(fields)), key=lambda place: len(fields[place]))
        place = by_length[-1] if pixels else rng.choice(by_length[:-1] or by_length)
        fields[place] = edit(rng, fields[place])
        return b",".join(fields)

    return in_a_row(mutate)


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
        place = rng.randrange(len(content) + 1)
        return content[:place] + rng.choice(texts) + content[place:]

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
    ends = [place for place, byte in enumerate(content) if byte == ord("\n")]
    if not ends:
        return content
    place = rng.choice(ends)
    return content[:place] + content[place + 1 :]


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
    column = max(range(len(lines[1])), key=lambda place: len(lines[1][place]))
    first, second = sorted(rng.sample(range(1, len(lines) - 1), 2))
    if min(len(lines[first]), len(lines[second])) > column:
        lines[first][column], _, pixel = lines[first][column].rpartition(b" ")
        lines[second][column] = pixel + b" " + lines[second][column]
    return b"\n".join(b",".join(fields) for fields in lines)


def wrong_header(rng: random.Random, content: bytes) -> bytes:
    others = [*HEADERS, b"", b"emotion", b"Emotion,Pixels,Usage", b"pixels,emotion", b"\x00" * 9]
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
    "no rows": lambda _, content: content.partition(b"\n")[0] + b"\n",
    "empty": lambda _, content: b"",
}
