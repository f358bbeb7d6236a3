"""A CSV file's first line: what separates its columns, and which of them is what.

Columns are known by name. A byte order mark, quotes, spaces around a name and its case do not
matter, nor does the order; other columns are ignored. What could be meant in two ways is refused.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fer2013.data.pixels import in_print
from fer2013.runtime.errors import BadInput

LONGEST_LINE = 16_384  # bytes; 2,304 pixels, label and usage take at most 9,300
LONGEST_HEADER = 4_096

# Kinds of files: what they hold, in the order of their columns as they are published.
FER2013, ICML, TRAIN, TEST = (
    "emotion,pixels,Usage",
    "emotion,Usage,pixels",
    "emotion,pixels",
    "pixels",
)
ROLES = (b"emotion", b"pixels", b"usage")
SEPARATORS = (b",", b";", b"\t")
MARK = b"\xef\xbb\xbf"  # UTF-8's byte order mark
KNOWN_NAMES = ("fer2013.csv", "icml_face_data.csv", "train.csv", "test.csv")

NO_CSV = {  # how files start that are called .csv by mistake, and what they are
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
    """Which column holds what."""

    kind: str
    columns: int
    pixels: int
    emotion: int | None = None
    usage: int | None = None
    separator: bytes = b","
    ignored: tuple[str, ...] = ()  # the other columns' names, as they can be printed


def read_header(path: Path) -> bytes:
    """The first line, without byte order mark and line end.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST_LINE)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}); mend it or take it out of the folder."
        ) from None
    return line.removeprefix(MARK).removesuffix(b"\n").removesuffix(b"\r")


def layout_of(path: Path) -> Layout | None:
    """Say which column is what, or None if the file holds no faces that we could read.

    Raises:
        BadInput: the header can be meant in two ways, or the file cannot be read.
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
    places = {role: roles.index(role) for role in ROLES if role in roles}
    named = [name for name in others if name]
    if b"emotion" not in places and (b"usage" in places or (named and not _is_test(path))):
        return None  # such as label,pixels: test rows they are not
    return Layout(
        _kind(places),
        columns=len(names),
        pixels=places[b"pixels"],
        emotion=places.get(b"emotion"),
        usage=places.get(b"usage"),
        separator=separator,
        ignored=tuple(in_print(name[:60]) if name else "one without a name" for name in others),
    )


def _kind(places: dict[bytes, int]) -> str:
    if b"emotion" not in places:
        return TEST
    if b"usage" not in places:
        return TRAIN
    return FER2013 if places[b"pixels"] < places[b"usage"] else ICML


def _is_test(path: Path) -> bool:
    return path.name.lower() == "test.csv"


def is_known(path: Path) -> bool:
    """Is it called as a file of FER2013 is?"""
    return path.name.lower() in KNOWN_NAMES


def wrong_header(path: Path) -> str:
    """The sentence that refuses a file in which `layout_of` finds nothing."""
    header = read_header(path)
    what = what_it_is(path)
    if what is not None:
        return f"{path} is no CSV file but {what}; unpack it, save it as CSV or download it again."
    if not header:
        return f"{path} is empty or starts with an empty line; download it again."
    if b"\r" in header:
        return f"{path}: its lines end with CR alone; save it with LF or CRLF line ends."
    if re.match(rb'[ "]*\d[ "]*[,;\t ]', header):
        return (
            f"{path} has no header; its first line must name the columns, such as "
            f"{FER2013}, and now is {in_print(header[:60])}."
        )
    return (
        f"{path}, line 1: the header is {in_print(header[:60])}; it must name the columns emotion "
        "and pixels, and Usage where not all rows are Training (in test.csv: pixels), "
        "separated by commas."
    )


def what_it_is(path: Path) -> str | None:
    """What a file is if its first bytes tell that it is no CSV file."""
    with path.open("rb") as file:
        start = file.read(512)
    if start[257:262] == b"ustar":
        return "a tar archive"
    return next((what for magic, what in NO_CSV.items() if start.startswith(magic)), None)


def cleaned(text: bytes) -> bytes:
    """A field without the spaces around it, its quotes, and the spaces inside them."""
    text = text.strip(b" ")
    if len(text) >= 2 and text.startswith(b'"') and text.endswith(b'"'):
        return text[1:-1].strip(b" ")
    return text


def split_quoted(line: bytes, separator: bytes) -> list[bytes] | None:
    """Split a line where a separator stands outside of quotes; None if a quote is left open."""
    if b'"' not in line:
        return line.split(separator)
    field = _FIELD[separator]
    fields, place = [], 0
    while True:
        found = field.match(line, place)
        if found is None:
            return None
        fields.append(found[0])
        place = found.end() + 1
        if place > len(line):
            return fields


_FIELD = {
    separator: re.compile(
        rb' *"[^"]*(?:""[^"]*)*" *(?=%b|\Z)|[^"%b]*(?=%b|\Z)' % ((separator,) * 3)
    )
    for separator in SEPARATORS
}
