"""Which files of a folder are FER2013's.

    fer2013.csv          emotion,pixels,Usage      all 35,887 rows, test labels included
    icml_face_data.csv   emotion, Usage, pixels    the same (the names really contain these spaces)
    train.csv, test.csv  emotion,pixels / pixels   the competition's files, test rows unlabelled

The header of a file, not its name, shows which of these it is. If a folder holds several of them,
as Kaggle's zip does, the first in this list is read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fer2013.core.constants import USAGES
from fer2013.core.sections import Section
from fer2013.data.csv_rows import Columns, read_columns, read_header
from fer2013.runtime.errors import BadInput

SUFFIXES = (".csv", ".tsv")
PUBLISHED_NAMES = ("fer2013.csv", "icml_face_data.csv", "train.csv", "test.csv")
FER2013, ICML, TRAIN, TEST = (
    "emotion,pixels,Usage",
    "emotion,Usage,pixels",
    "emotion,pixels",
    "pixels",
)
PRECEDENCE = ((FER2013,), (ICML,), (TRAIN, TEST))
TEST_NAME = re.compile(r"(?<![a-z])((public|private)?test(ing)?|val(id|idation)?)(?![a-z])")
EXPECTED = "fer2013.csv, icml_face_data.csv, or train.csv (with test.csv)"
NOT_CSV = {  # the first bytes of what is named .csv by mistake
    b"PK\x03\x04": "a zip archive (or an Excel workbook)",
    b"\x1f\x8b": "a gzip file",
    b"<": "a web page, such as one that asks to sign in",
}


class Data(Section):
    folder: str


@dataclass(frozen=True)
class Source:
    path: Path
    kind: str
    columns: Columns


def find_sources(folder: Path) -> list[Source]:
    """Return the files to read from a folder, the one with training rows first.

    Raises:
        BadInput: there is no such file, one with a published name has another header, two files
            have the same columns, or labelled test rows do not say which test part they belong to.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; it should hold {EXPECTED}.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return sources_among(paths, folder)


def sources_among(paths: list[Path], origin: Path) -> list[Source]:
    """Return those of the files to read, as `find_sources`; error messages name `origin`."""
    found: dict[str, Source] = {}
    for path in paths:
        source = source_at(path)
        if source is None:
            continue  # such as example_submission.csv
        if source.kind in found:
            raise BadInput(
                f"{path} and {found[source.kind].path.name} have the same columns; "
                "leave in the folder only the one to be read."
            )
        found[source.kind] = source
    for kinds in PRECEDENCE:
        if kinds[0] in found:
            return [found[kind] for kind in kinds if kind in found]
    raise BadInput(f"{origin} holds no training rows; it should hold {EXPECTED}.")


def source_at(path: Path) -> Source | None:
    """Find out what a CSV file is; None if it has no faces in a known form.

    Raises:
        BadInput: it has a published name and another header, or labelled test rows that do not
            say which test part they belong to; or it cannot be read.
    """
    columns = read_columns(path)
    kind = _kind(path, columns) if columns is not None else None
    if columns is not None and kind is not None:
        return Source(path, kind, columns)
    if path.name.lower() in PUBLISHED_NAMES:
        raise BadInput(wrong_header(path))
    return None


def _kind(path: Path, columns: Columns) -> str | None:
    if columns.emotion is None:
        # Such as label,pixels or pixels,Usage are not the unlabelled test rows.
        others = any(columns.ignored) and path.name.lower() != "test.csv"
        return None if others or columns.usage is not None else TEST
    if columns.usage is None and TEST_NAME.search(path.stem.lower()):
        raise BadInput(
            f"{path} has labels and no column Usage that says which test part its rows belong to; "
            "remove it from the folder, or join it with train.csv into one file with the columns "
            f"{FER2013} (Usage: {', '.join(USAGES[:3])})."
        )
    if columns.usage is None:
        return TRAIN
    return FER2013 if columns.pixels < columns.usage else ICML


def wrong_header(path: Path) -> str:
    """The error message for a file of which no source can be made."""
    with path.open("rb") as file:
        start = file.read(16)
    for first_bytes, what in NOT_CSV.items():
        if start.startswith(first_bytes):
            return f"{path} is not a CSV file but {what}; unpack it, or download it again."
    header = read_header(path).rstrip("\n")
    if not header:
        return f"{path} is empty or starts with an empty line; download it again."
    return (
        f"{path}, line 1: the header is {header[:60]!r}; it must name the columns emotion and "
        "pixels, and Usage where not all rows are Training (in test.csv: pixels), separated by "
        "commas."
    )
