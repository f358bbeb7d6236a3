"""Read the pictures of files, folders, videos, CSV files and stdin, one at a time."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from fer2013.data.csv_rows import BadRow, read_columns, read_rows
from fer2013.predict.pictures import decode, read_picture
from fer2013.runtime.errors import BadInput

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"}
STDIN = "-"
MISSING_FRAMES = 0.1  # tolerated fraction: the frame count in a video's header may be an estimate


@dataclass(frozen=True)
class SourcePicture:
    """A picture and its origin.

    Attributes:
        source: the file's path, or - for stdin.
        pixels: uint8 [H, W, 3], RGB; or [48, 48] if it is a cropped face.
        frame: its index in a video, or its row in a CSV file, from 0.
        seconds: its time in a video.
        is_face: it is a cropped face, so no face has to be detected.
    """

    source: str
    pixels: np.ndarray
    frame: int | None = None
    seconds: float | None = None
    is_face: bool = False


def find_sources(names: list[str]) -> list[str]:
    """Replace folders by the pictures and videos in them, in alphabetical order.

    Raises:
        BadInput: a folder has none.
    """
    found = []
    endings = PICTURES | VIDEOS
    for name in names:
        path = Path(name)
        if name == STDIN or not path.is_dir():
            found.append(name)
            continue
        inside = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in endings)
        if not inside:
            raise BadInput(
                f"{name} holds no pictures and no videos ({', '.join(sorted(endings))})."
            )
        found += inside
    return found


def read_pictures(name: str) -> Iterator[SourcePicture]:
    """Read the pictures of a source one at a time.

    Raises:
        BadInput: it is missing or damaged; some pictures may have been read before.
    """
    ending = Path(name).suffix.lower()
    if name == STDIN:
        yield SourcePicture(STDIN, decode(sys.stdin.buffer.read(), "the picture on standard input"))
    elif ending in VIDEOS:
        yield from read_frames(name)
    elif ending == ".csv":
        yield from read_faces(Path(name))
    else:  # also for other file extensions
        yield SourcePicture(name, read_picture(Path(name)))


def read_frames(name: str) -> Iterator[SourcePicture]:
    if not Path(name).exists():
        raise BadInput(f"{name} cannot be read: there is no such file; check the path.")
    video = cv2.VideoCapture(name)
    try:
        expected, frame = video.get(cv2.CAP_PROP_FRAME_COUNT), 0
        while True:
            found, bgr = video.read()
            if not found:
                break
            seconds = video.get(cv2.CAP_PROP_POS_MSEC) / 1000  # of this frame
            rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            yield SourcePicture(name, rgb, frame, round(seconds, 3))
            frame += 1
    finally:
        video.release()
    if frame == 0:
        raise BadInput(f"{name} is damaged or not a video that OpenCV can read; encode it again.")
    if frame < expected * (1 - MISSING_FRAMES):
        raise BadInput(f"{name} is damaged: it ends after {frame} of {expected:.0f} frames.")


def read_faces(path: Path) -> Iterator[SourcePicture]:
    """Read the column `pixels` of a CSV file like FER2013's."""
    columns = read_columns(path)
    if columns is None:
        raise BadInput(f"{path} has no column `pixels`; its first line should name it.")
    for row in read_rows(path, replace(columns, emotion=None, usage=None)):
        if isinstance(row, BadRow):
            raise BadInput(
                f"{path}, line {row.number + 2}: {row.reason}; repair or remove the row."
            )
        yield SourcePicture(str(path), row.pixels, row.number, is_face=True)
