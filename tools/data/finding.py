"""Find FER2013 in a given path: CSV files, image folders or an archive, maybe in subfolders."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fer2013.data.csv_header import has_published_name, layout_of, wrong_header
from fer2013.data.csv_rows import CLASS_WORDS
from fer2013.data.csv_sources import (
    SUFFIXES,
    Source,
    csv_files,
    expected_files,
    find_sources,
    sources_among,
)
from fer2013.runtime.errors import BadInput
from tools.data.archives import PACKED, is_archive, unpack
from tools.data.images import class_folders, part_folders, write_csv

DEEPEST = 5  # how deep folders and archives may be nested


@dataclass
class Scratch:
    """A folder for unpacked and converted files, which knows the origin of each of them."""

    folder: Path
    origins: dict[str, str] = field(default_factory=dict)

    def new(self, origin: Path) -> Path:
        """A new path for what is made from `origin`."""
        path = self.folder / str(len(self.origins))
        self.origins[str(path)] = self.named(str(origin))
        return path

    def named(self, text: str) -> str:
        """A text in which the temporary paths are replaced by those that the user knows."""
        for path, origin in reversed(self.origins.items()):
            text = text.replace(path, origin)
        return text


@dataclass
class Found:
    """The CSV files to use, and remarks about how they were found or made."""

    sources: list[Source]
    remarks: list[str] = field(default_factory=list)


def find(path: Path, scratch: Scratch, on_bad_row: str, depth: int = 0) -> Found:
    """Find FER2013 in a file or folder.

    Raises:
        BadInput: it is missing, cannot be read, or there is more than one candidate.
    """
    if path.is_file():
        return _in_file(path, scratch, on_bad_row, depth)
    if not path.is_dir():
        raise BadInput(f"{path} is not a folder; it should hold {expected_files()}.")
    if has_csv(path):
        return Found(find_sources(path))
    parts = part_folders(path)
    if parts:
        target = scratch.new(path)
        target.mkdir()
        remarks = write_csv(parts, target / "fer2013.csv", on_bad_row)
        return Found(find_sources(target), remarks)
    inside = next_places(path, depth)
    if len(inside) > 1:
        names = ", ".join(place.name for place in inside[:5])
        raise BadInput(f"{path} holds {names}; say which is FER2013: make data FROM='{inside[0]}'")
    if inside:
        found = find(inside[0], scratch, on_bad_row, depth + 1)
        if inside[0].is_dir():
            found.remarks.insert(0, f"{path} holds {inside[0].name}/, which is read.")
        return found
    _refuse_what_is_near(path)
    return Found(find_sources(path))  # which says what is missing


def has_csv(folder: Path) -> bool:
    """Is there a CSV file of faces, or one with such a name?"""
    return any(
        has_published_name(path) or layout_of(path) is not None
        for path in csv_files(folder)
        if not (path.is_file() and is_archive(path))
    )


def next_places(folder: Path, depth: int) -> list[Path]:
    """The folders, or if there are none the archives, in which to look for the data."""
    if depth >= DEEPEST:
        return []
    folders = [inner for inner in _folders(folder) if _holds_data(inner, depth + 1)]
    return folders or [path for path in sorted(folder.iterdir()) if _is_packed(path)]


def _holds_data(folder: Path, depth: int) -> bool:
    return has_csv(folder) or bool(part_folders(folder)) or bool(next_places(folder, depth))


def _folders(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith(".") and path.name != "__MACOSX":
            yield path


def _is_packed(path: Path) -> bool:
    named = path.suffix.lower() in (*PACKED, *SUFFIXES) and not path.name.startswith(".")
    return named and path.is_file() and is_archive(path)


def _in_file(path: Path, scratch: Scratch, on_bad_row: str, depth: int) -> Found:
    if not is_archive(path):
        if layout_of(path) is None:
            raise BadInput(wrong_header(path))
        return Found(sources_among([path], path))
    if depth > DEEPEST:
        raise BadInput(f"{path} is an archive in too many others; unpack it yourself.")
    target = scratch.new(path)
    unpack(path, target)
    found = find(target, scratch, on_bad_row, depth + 1)
    found.remarks.insert(0, f"{path} was unpacked, and stays as it is.")
    return found


def _refuse_what_is_near(folder: Path) -> None:
    """Refuse known forms of FER2013 that cannot be read, each with its own sentence."""
    if any(inner.name.lower() in CLASS_WORDS for inner in class_folders(folder)):
        raise BadInput(
            f"{folder} holds a folder for each class; point to the folder above, "
            "which holds train/ and test/: make data FROM=folder"
        )
    parquet = [*folder.glob("*.parquet"), *folder.glob("*/*.parquet")]
    if parquet:
        raise BadInput(
            f"{parquet[0]} is a parquet file, for which nothing is installed here; take "
            "FER2013's CSV files or image folders instead."
        )
