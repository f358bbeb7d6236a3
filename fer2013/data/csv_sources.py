"""Which files of a folder are FER2013's.

    fer2013.csv          emotion,pixels,Usage      all 35,887 rows, test labels included
    icml_face_data.csv   emotion, Usage, pixels    the same (the names really contain these spaces)
    train.csv, test.csv  emotion,pixels / pixels   the competition's files, test rows unlabelled

The header of a file, not its name, shows which of these it is (`csv_header.py`). If a folder holds
several of them, as Kaggle's zip does, the first in this list is read.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from fer2013.core.constants import USAGES
from fer2013.core.sections import Section
from fer2013.data.csv_header import (
    FER2013,
    ICML,
    TEST,
    TRAIN,
    Layout,
    has_published_name,
    layout_of,
    wrong_header,
)
from fer2013.runtime.errors import BadInput

SUFFIXES = (".csv", ".tsv")
LABELLED_TEST = "test.csv with labels"
PRECEDENCE = ((FER2013,), (ICML,), (TRAIN, TEST))
TEST_NAME = re.compile(
    r"(?<![a-z])(test|testing|val|valid|validation|(public|private)_?test)(?![a-z])"
)


class Data(Section):
    folder: str


@dataclass(frozen=True)
class Source:
    path: Path
    layout: Layout


def find_sources(folder: Path) -> list[Source]:
    """Return the files to read from a folder, the one with training rows first.

    Raises:
        BadInput: there is no such file, one with a published name has another header, two files
            have the same columns, or labelled test rows do not say which test part they belong to.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder; it should hold {expected_files()}.")
    return sources_among(csv_files(folder), folder)


def sources_among(paths: list[Path], origin: Path) -> list[Source]:
    """Return those of the files to read, as `find_sources`; error messages name `origin`."""
    found: dict[str, Source] = {}
    for path in paths:
        layout = layout_of(path)
        if layout is None and has_published_name(path):
            raise BadInput(wrong_header(path))
        if layout is None:
            continue  # such as example_submission.csv
        labelled_test = layout.kind == TRAIN and TEST_NAME.search(path.stem.lower())
        kind = LABELLED_TEST if labelled_test else layout.kind
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
            "its rows belong to; remove it from the folder, or join it with train.csv into one "
            f"file with the columns {FER2013} (Usage: {', '.join(USAGES[:3])})."
        )
    raise BadInput(f"{origin} holds no training rows; it should hold {expected_files()}.")


def csv_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def expected_files() -> str:
    return "fer2013.csv, icml_face_data.csv, or train.csv (with test.csv)"
