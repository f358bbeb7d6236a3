"""Unpack the CSV files and images of a .zip, a .tar (also compressed) or a compressed file.

An archive's own data is not trusted: each name is checked, each byte is counted, and every file is
written as a plain new file inside the target folder.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from typing import IO, Any

from fer2013.runtime.errors import BadInput

OPENERS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
ZIP = b"PK\x03\x04"
PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")
WANTED = (".csv", ".tsv", ".jpg", ".jpeg", ".png", ".parquet", *PACKED)
MOST_FILES = 200_000  # FER2013 as images has 35,887
MOST_BYTES = 4 * 2**30  # Kaggle's challenge, all in one, has 0.7 GiB
MOST_RATIO = 100  # FER2013 shrinks to a third
FEW_BYTES = 64 * 2**20  # which no ratio forbids
AT_ONCE = 2**20
DAMAGED = (
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


def is_archive(path: Path) -> bool:
    """Is the file, by its content and not its name, of a kind that this module can unpack?"""
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(ZIP):
        return path.suffix.lower() not in (".xlsx", ".ods", ".pt", ".pth")
    return start.startswith(tuple(OPENERS)) or start[257:262] == b"ustar"


def unpack(path: Path, target: Path) -> None:
    """Unpack into a new folder.

    Raises:
        BadInput: it is damaged, encrypted or far too large, or has links or paths to outside.
    """
    target.mkdir(parents=True)
    room = Room(path)
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(ZIP):
            _unpack_zip(path, target, room)
        else:
            _unpack_stream(path, target, room)
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the archive
        why = " ".join(str(error).split()) or type(error).__name__
        raise BadInput(f"{path} is damaged or cut off ({why}); download it again.") from None


@dataclass
class Room:
    """The number of bytes that may still be unpacked."""

    path: Path
    files: int = 0
    bytes: int = 0

    def take(self, files: int = 0, size: int = 0) -> None:
        self.files += files
        self.bytes += size
        most = min(MOST_BYTES, max(FEW_BYTES, MOST_RATIO * self.path.stat().st_size))
        if self.files > MOST_FILES or self.bytes > most:
            raise BadInput(
                f"{self.path} expands to more than {self.files - 1:,} files or {most:,} bytes, "
                "which FER2013 does not have; nothing of it is taken."
            )


class Counted:
    """A readable stream that counts the bytes which are read."""

    def __init__(self, stream: IO[bytes], room: Room) -> None:
        self.stream, self.room = stream, room

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.room.take(size=len(data))
        return data


def _unpack_zip(path: Path, target: Path, room: Room) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            room.take(files=1)
            if S_ISLNK(member.external_attr >> 16):
                raise BadInput(_link(path, member.filename))
            name = _safe(path, member.filename)
            if not member.is_dir() and _wanted(name):
                with archive.open(member) as stream:
                    _write(Counted(stream, room), target / name)


def _unpack_stream(path: Path, target: Path, room: Room) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    opener = next((opener for magic, opener in OPENERS.items() if start.startswith(magic)), None)
    with opener(path) if opener else path.open("rb") as stream:
        first = stream.read(512)
        stream.seek(0)
        if first[257:262] == b"ustar":
            _unpack_tar(path, Counted(stream, room), target, room)
        else:
            _write(Counted(stream, room), target / _name_within(path))


def _unpack_tar(path: Path, stream: Any, target: Path, room: Room) -> None:
    written = Room(path)  # a sparse file has more than the archive's bytes
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            room.take(files=1)
            if not (member.isreg() or member.isdir()):
                raise BadInput(_link(path, member.name))
            name = _safe(path, member.name)
            inside = archive.extractfile(member) if member.isreg() and _wanted(name) else None
            if inside is not None:
                _write(Counted(inside, written), target / name)


def _name_within(path: Path) -> str:
    """The name of a file before it was compressed: fer2013.csv.gz → fer2013.csv"""
    name = path.name
    if Path(name).suffix.lower() in PACKED:
        name = Path(name).stem
    return name if Path(name).suffix else f"{name}.csv"


def _safe(path: Path, name: str) -> PurePosixPath:
    """A member's name, after a check that it does not lead out of the target folder."""
    inside = PurePosixPath(name.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in name[:3] or "\0" in name:
        raise BadInput(
            f"{path} holds {name!r}, which would be written outside of its folder; nothing of it "
            "is taken."
        )
    return inside


def _link(path: Path, name: str) -> str:
    return f"{path} holds {name!r}, which is a link or a device; nothing of it is taken."


def _wanted(name: PurePosixPath) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in name.parts)
    return name.suffix.lower() in WANTED and not hidden


def _write(stream: Any, target: Path) -> None:
    if target.exists():
        raise BadInput(f"{target.name} is there twice in the archive; unpack it yourself.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for data in _pieces(stream):
            file.write(data)


def _pieces(stream: Any) -> Iterator[bytes]:
    while data := stream.read(AT_ONCE):
        yield data
