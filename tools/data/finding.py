"""Find FER2013 in a given path: CSV files, image folders or an archive, maybe in subfolders."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fer2013.data.csv_sources import (
    EXPECTED,
    PUBLISHED_NAMES,
    SUFFIXES,
    Source,
    find_sources,
    source_at,
    sources_among,
    wrong_header,
)
from fer2013.runtime.errors import BadInput, one_line
from tools.data.images import part_folders, write_csv

PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")
DEEPEST = 4  # how deep folders may be nested


@dataclass
class Found:
    """The CSV files to use, and remarks about how they were found or made."""

    sources: list[Source]
    remarks: list[str] = field(default_factory=list)


def find(path: Path, scratch: Path, on_bad_row: str) -> Found:
    """Find FER2013 in a file or folder. `scratch` is for what is unpacked and converted.

    Raises:
        BadInput: it is missing, cannot be read, or there is more than one candidate.
    """
    if _is_archive(path):
        target = _new(scratch, path.name)
        unpack(path, target)
        found = find(target, scratch, on_bad_row)
        found.remarks.insert(0, f"{path} was unpacked, and stays as it is.")
        return found
    if path.is_file():
        if source_at(path) is None:
            raise BadInput(wrong_header(path))
        return Found(sources_among([path], path))
    if not path.is_dir():
        raise BadInput(f"{path} is not a folder; it should hold {EXPECTED}.")
    places = list(_places(path)) or [file for file in sorted(path.iterdir()) if _is_archive(file)]
    if not places:
        return Found(find_sources(path))  # which says what is missing
    if len(places) > 1:
        names = ", ".join(str(place.relative_to(path)) for place in places[:5])
        raise BadInput(f"{path} holds {names}; say which is FER2013: make data FROM='{places[0]}'")
    (place,) = places
    if place.is_file():
        return find(place, scratch, on_bad_row)
    if _has_csv(place):
        return Found(find_sources(place))
    target = _new(scratch, place.name)
    remarks = write_csv(part_folders(place), target / "fer2013.csv", on_bad_row)
    return Found(find_sources(target), remarks)


def _places(folder: Path, depth: int = DEEPEST) -> Iterator[Path]:
    """The nearest folders that hold CSV files of faces, or folders of images."""
    if _has_csv(folder) or part_folders(folder):
        yield folder
    elif depth > 0:
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and not inner.name.startswith((".", "__MACOSX")):
                yield from _places(inner, depth - 1)


def _has_csv(folder: Path) -> bool:
    return any(
        path.name.lower() in PUBLISHED_NAMES or source_at(path) is not None
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not _is_archive(path)
    )


def _is_archive(path: Path) -> bool:
    """By its name, or by its content: Kaggle's train.csv may be a zip archive."""
    if path.name.startswith(".") or not path.is_file():
        return False
    if path.suffix.lower() in SUFFIXES:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    return path.suffix.lower() in PACKED


def unpack(path: Path, target: Path) -> None:
    """Unpack an archive. No file is written outside of the target.

    Raises:
        BadInput: it is damaged or encrypted, or has links or paths to outside.
    """
    try:
        # shutil leaves out what would lead outside of a zip, and refuses a tar that has such.
        if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
            shutil.unpack_archive(path, target, "zip")
        else:  # also a compressed one
            shutil.unpack_archive(path, target, "tar", filter="data")
    except Exception as error:  # zipfile, tarfile and zlib raise a dozen kinds
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the archive
        why = one_line(error) or type(error).__name__
        raise BadInput(
            f"{path} cannot be unpacked ({why}); download it again, or unpack it yourself."
        ) from None


def _new(scratch: Path, name: str) -> Path:
    """A new folder of that name, in a numbered one."""
    folder = scratch / str(len(list(scratch.iterdir()))) / name
    folder.mkdir(parents=True)
    return folder
