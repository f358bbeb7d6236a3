"""What the command is asked about, one picture at a time: pictures, folders, videos, CSV, stdin."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fer2013.data.pixels import parse_block, why_bad
from fer2013.predict.pictures import decode, read_picture
from fer2013.runtime.errors import BadInput

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm"}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"}
STDIN = "-"
MISSING_FRAMES = 0.1  # of what a video's header promises, which may be an estimate


@dataclass(frozen=True)
class Shot:
    """A picture and where it is from.

    Attributes:
        picture: uint8 [H, W, 3], red first; or [48, 48] if it is a cropped face.
        frame: its number in a video, or its row in a CSV file, from 0.
        seconds: its time in a video.
        is_face: a cropped face, in which none has to be found.
    """

    source: str
    picture: np.ndarray
    frame: int | None = None
    seconds: float | None = None
    is_face: bool = False


def find_sources(names: list[str]) -> list[str]:
    """Files, with the pictures and videos of folders in alphabetical order, `-` for stdin.

    Raises:
        BadInput: a folder holds none.
    """
    found = []
    for name in names:
        path = Path(name)
        if name == STDIN or not path.is_dir():
            found.append(name)
            continue
        inside = sorted(str(file) for file in path.rglob("*") if kind(file) in ("picture", "video"))
        if not inside:
            raise BadInput(f"{name} holds no pictures and no videos ({', '.join(endings())}).")
        found += inside
    return found


def kind(path: Path) -> str:
    """picture, video, csv, or other."""
    ending = path.suffix.lower()
    if ending in PICTURES:
        return "picture"
    if ending in VIDEOS:
        return "video"
    return "csv" if ending == ".csv" else "other"


def endings() -> list[str]:
    return sorted(PICTURES | VIDEOS)


def count_shots(name: str) -> int | None:
    """How many pictures a source holds, if that can be said without reading all of it."""
    if kind(Path(name)) == "csv":
        return None
    if kind(Path(name)) != "video":
        return 1
    video = cv2.VideoCapture(name)
    frames = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    return frames if frames > 0 else None


def shots(name: str) -> Iterator[Shot]:
    """Read a source, never more of it than one picture at a time.

    Raises:
        BadInput: it is missing or damaged, perhaps after some pictures.
    """
    if name == STDIN:
        yield Shot(STDIN, decode(sys.stdin.buffer.read(), "what came on standard input"))
    elif kind(Path(name)) == "video":
        yield from frames_of(name)
    elif kind(Path(name)) == "csv":
        yield from rows_of(name)
    else:  # whatever its ending says
        yield Shot(name, read_picture(Path(name)))


def frames_of(name: str) -> Iterator[Shot]:
    if not Path(name).exists():
        raise BadInput(f"{name} cannot be read: there is no such file; check the path.")
    video = cv2.VideoCapture(name)
    try:
        promised, frame = video.get(cv2.CAP_PROP_FRAME_COUNT), 0
        while True:
            there, bgr = video.read()
            if not there:
                break
            seconds = video.get(cv2.CAP_PROP_POS_MSEC) / 1000  # of the frame just read
            rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
            yield Shot(name, rgb, frame, round(seconds, 3))
            frame += 1
    finally:
        video.release()
    if frame == 0:
        raise BadInput(f"{name} is no video that OpenCV can read, or damaged; encode it anew.")
    if frame < promised * (1 - MISSING_FRAMES):
        raise BadInput(f"{name} is damaged: it ends after {frame} of {promised:.0f} frames.")


def rows_of(name: str) -> Iterator[Shot]:
    """The faces of a CSV file in one of FER2013's layouts: of its columns, `pixels` is read."""
    try:
        with Path(name).open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            header = [column.strip() for column in next(rows, [])]
            if "pixels" not in header:
                raise BadInput(f"{name} has no column `pixels`; its first line should name it.")
            place = header.index("pixels")
            for number, row in enumerate(rows):
                text = row[place].strip() if len(row) > place else ""
                yield Shot(name, _face(text, name, rows.line_num), number, is_face=True)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}; check the path.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{name} is not a CSV file in UTF-8 ({error}).") from None


def _face(text: str, name: str, line: int) -> np.ndarray:
    content = text.encode()
    faces = parse_block([content])
    if faces is None:
        raise BadInput(f"{name}, line {line}: {why_bad(content)}; mend or remove the row.")
    return faces[0]
