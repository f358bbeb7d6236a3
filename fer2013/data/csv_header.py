"""A CSV file's first line: the separator, and which column is which.

Columns are identified by their names. Their order and case, quotes, spaces around them and a byte
order mark do not matter; other columns are ignored. An ambiguous header is refused.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fer2013.data.pixels import in_print
from fer2013.runtime.errors import BadInput

LONGEST_LINE = 16_384  # bytes; 2,304 pixels, label and usage take at most 9,300
LONGEST_HEADER = 4_096

# The kinds of files, by the columns that they have in the published order.
FER2013, ICML, TRAIN, TEST = (
    "emotion,pixels,Usage",
    "emotion,Usage,pixels",
    "emotion,pixels",
    "pixels",
)
ROLES = (b"emotion", b"pixels", b"usage")
SEPARATORS = (b",", b";", b"\t")
MARK = b"\xef\xbb\xbf"  # UTF-8's byte order mark
PUBLISHED_NAMES = ("fer2013.csv", "icml_face_data.csv", "train.csv", "test.csv")

NOT_CSV = {  # the first bytes of other files that are named .csv by mistake
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip archive (or an Excel workbook)",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"PAR1": "a parquet file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"version https://git-lfs": "a pointer of Git LFS, whose file `git lfs pull` brings",
    b"<": "a web page, such as one that asks to sign in",
    b"\xff\xfe": "in UTF-16",
    b"\xfe\xff": "in UTF-16",
}


@dataclass(frozen=True)
class Layout:
    """Which column is which, counted from 0."""

    kind: str
    columns: int
    pixels: int
    emotion: int | None = None
    usage: int | None = None
    separator: bytes = b","
    ignored: tuple[str, ...] = ()  # the other columns' names, printable


def read_header(path: Path) -> bytes:
    """Read the first line, without byte order mark and line end.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST_LINE)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}); repair it or remove it from the folder."
        ) from None
    return line.removeprefix(MARK).removesuffix(b"\n").removesuffix(b"\r")


def layout_of(path: Path) -> Layout | None:
    """Find out which column is which; None if the file has no faces in a known form.

    Raises:
        BadInput: the header is ambiguous, or the file cannot be read.
    """
    header = read_header(path)
    if len(header) > LONGEST_HEADER:
        return None
    for separator in SEPARATORS:
        names = names_in(header, separator)
        if b"pixels" in roles_in(names):
            return _layout(path, names, separator)
    return None


def names_in(header: bytes, separator: bytes) -> list[bytes]:
    return [cleaned(name) for name in split_quoted(header, separator) or []]


def roles_in(names: list[bytes]) -> list[bytes]:
    return [name.lower() for name in names]


def _layout(path: Path, names: list[bytes], separator: bytes) -> Layout | None:
    roles = roles_in(names)
    for role in ROLES:
        if roles.count(role) > 1:
            raise BadInput(f"{path}, line 1: two columns are called {role.decode()}; leave one.")
    others = [name for name, role in zip(names, roles, strict=True) if role not in ROLES]
    for name in others:
        if set(ROLES) & {cleaned(part).lower() for part in re.split(rb"[,;\t]", name)}:
            raise BadInput(
                f"{path}, line 1: columns are separated in more than one way "
                f"({in_print(name[:60])}); save it with commas."
            )
    indices = {role: roles.index(role) for role in ROLES if role in roles}
    named = [name for name in others if name]
    if b"emotion" not in indices and (b"usage" in indices or (named and not _is_test(path))):
        return None  # such as label,pixels, which are not unlabelled test rows
    return Layout(
        _kind(indices),
        columns=len(names),
        pixels=indices[b"pixels"],
        emotion=indices.get(b"emotion"),
        usage=indices.get(b"usage"),
        separator=separator,
        ignored=tuple(in_print(name[:60]) if name else "one without a name" for name in others),
    )


def _kind(indices: dict[bytes, int]) -> str:
    if b"emotion" not in indices:
        return TEST
    if b"usage" not in indices:
        return TRAIN
    return FER2013 if indices[b"pixels"] < indices[b"usage"] else ICML


def _is_test(path: Path) -> bool:
    return path.name.lower() == "test.csv"


def has_published_name(path: Path) -> bool:
    """Has it the name of one of FER2013's files?"""
    return path.name.lower() in PUBLISHED_NAMES


def wrong_header(path: Path) -> str:
    """The error message for a file of which `layout_of` returns None."""
    header = read_header(path)
    other_format = format_by_magic(path)
    if other_format is not None:
        return (
            f"{path} is not a CSV file but {other_format}; unpack it, save it as CSV or download "
            "it again."
        )
    if not header:
        return f"{path} is empty or starts with an empty line; download it again."
    if b"\r" in header:
        return f"{path}: its lines end with CR alone; save it with LF or CRLF line ends."
    if re.match(rb'[ "]*\d[ "]*[,;\t ]', header):
        return (
            f"{path} has no header; its first line must name the columns, such as "
            f"{FER2013}, but is {in_print(header[:60])}."
        )
    return (
        f"{path}, line 1: the header is {in_print(header[:60])}; it must name the columns emotion "
        "and pixels, and Usage where not all rows are Training (in test.csv: pixels), "
        "separated by commas."
    )


def format_by_magic(path: Path) -> str | None:
    """Recognise another format than CSV by a file's first bytes."""
    with path.open("rb") as file:
        start = file.read(512)
    if start[257:262] == b"ustar":
        return "a tar archive"
    return next((name for magic, name in NOT_CSV.items() if start.startswith(magic)), None)


def cleaned(text: bytes) -> bytes:
    """Strip spaces around a field, its quotes, and spaces within the quotes."""
    text = text.strip(b" ")
    if len(text) >= 2 and text.startswith(b'"') and text.endswith(b'"'):
        return text[1:-1].strip(b" ")
    return text


def split_quoted(line: bytes, separator: bytes) -> list[bytes] | None:
    """Split a line at the separators outside quotes; None if a quote is not closed."""
    if b'"' not in line:
        return line.split(separator)
    field = _FIELD[separator]
    fields, start = [], 0
    while True:
        found = field.match(line, start)
        if found is None:
            return None
        fields.append(found[0])
        start = found.end() + 1
        if start > len(line):
            return fields


_FIELD = {
    separator: re.compile(
        rb' *"[^"]*(?:""[^"]*)*" *(?=%b|\Z)|[^"%b]*(?=%b|\Z)' % ((separator,) * 3)
    )
    for separator in SEPARATORS
}
