"""Draw boxes and labels of faces into pictures and videos, and write these as new files."""

import os
import sys
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from fer2013.predict.model import Face
from fer2013.predict.sources import PICTURES, STDIN, VIDEOS, SourcePicture
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, remove

COLOUR = (255, 200, 0)  # of the boxes, red first
FRAMES_PER_SECOND = 25.0  # if a video has no such entry


def draw(picture: np.ndarray, faces: list[Face]) -> np.ndarray:
    """Return a copy with boxes and labels. uint8 [H, W, 3] → the same"""
    drawn = picture.copy()
    thickness = max(1, round(min(drawn.shape[:2]) / 300))
    for face in faces:
        left, top, width, height = (round(length) for length in face.box)
        cv2.rectangle(drawn, (left, top), (left + width, top + height), COLOUR, thickness)
        text = f"{face.label} {face.probabilities[face.label]:.0%}"
        size = max(0.4, width / 250)
        (_, text_height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thickness)
        where = (max(left, 0), max(top - base, text_height))
        # Light letters with a dark outline are readable on any background.
        for colour, line_width in (((0, 0, 0), thickness + 2), (COLOUR, thickness)):
            cv2.putText(
                drawn, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, colour, line_width, cv2.LINE_AA
            )
    return drawn


class Drawings:
    """Writes drawn pictures to a single new file, or to a folder under their own names.

    A drawing whose name is taken in the folder gets another one. Used as a context manager: at the
    end, the last video is completed, or removed after an error.
    """

    def __init__(self, out: Path, sources: list[str]) -> None:
        """Raises: BadInput: `out` is one file for several, or exists, or is the sources' folder."""
        self.out = out
        self.video: Video | None = None
        self.is_file = out.suffix.lower() in PICTURES | VIDEOS
        if self.is_file and len(sources) > 1:
            raise BadInput(f"{out} is one file for {len(sources)} sources; name a folder.")
        if os.path.lexists(out) and (self.is_file or not out.is_dir()):
            raise BadInput(
                f"{out} exists, and nothing is replaced; name another, or remove an old drawing."
            )
        folder = out.resolve()
        for source in sources:
            if source != STDIN and Path(source).resolve().parent == folder:
                raise BadInput(f"{out} holds {source}, which is to be read; draw elsewhere.")

    def add(self, picture: SourcePicture, faces: list[Face]) -> None:
        if picture.is_face:
            return
        bgr = cv2.cvtColor(draw(picture.pixels, faces), cv2.COLOR_RGB2BGR)
        name = "stdin.png" if picture.source == STDIN else Path(picture.source).name
        target = self.out if self.is_file else self.out / name
        if picture.frame is None:
            self._write_picture(target, bgr)
            return
        if self.video is None or self.video.source != picture.source:
            self._finish()
            self.video = Video(target if self.is_file else target.with_suffix(".mp4"), picture)
        self.video.writer.write(bgr)

    def __enter__(self) -> "Drawings":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._finish()
        elif self.video is not None:
            self.video.abandon()

    def _finish(self) -> None:
        if self.video is not None:
            self.video.finish()
            self.video = None

    def _write_picture(self, target: Path, bgr: np.ndarray) -> None:
        content = encoded(bgr, target.suffix)
        if content is None and not self.is_file:  # such as .pgm, which holds no colours
            target = target.with_suffix(".png")
            content = encoded(bgr, target.suffix)
        if content is None:
            raise BadInput(f"{target} cannot be written: unknown picture format; use .png.")
        with atomic_write(unused(target)) as part:
            part.write_bytes(content)


def encoded(bgr: np.ndarray, ending: str) -> bytes | None:
    """The content of a picture file; None if OpenCV cannot write such a file."""
    try:
        done, content = cv2.imencode(ending, bgr)
    except cv2.error:
        return None
    return content.tobytes() if done else None


def unused(target: Path) -> Path:
    """The path, or if there is something already, one with -2, -3 … behind its name."""
    if not os.path.lexists(target):
        return target
    others = (target.with_stem(f"{target.stem}-{number}") for number in count(2))
    other = next(path for path in others if not os.path.lexists(path))
    print(f"note: {target} exists, so this drawing is {other}", file=sys.stderr)
    return other


class Video:
    """A video file, written under a temporary name until it is complete."""

    def __init__(self, target: Path, first: SourcePicture) -> None:
        if target.suffix.lower() not in VIDEOS:
            raise BadInput(f"{target} is not the name of a video file; use .mp4.")
        original = cv2.VideoCapture(first.source)
        rate = original.get(cv2.CAP_PROP_FPS) or FRAMES_PER_SECOND
        original.release()
        target.parent.mkdir(parents=True, exist_ok=True)
        self.source, self.target = first.source, target
        self.part = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
        code = cv2.VideoWriter.fourcc(*("MJPG" if target.suffix.lower() == ".avi" else "mp4v"))
        height, width = first.pixels.shape[:2]
        self.writer = cv2.VideoWriter(str(self.part), code, rate, (width, height))
        if not self.writer.isOpened():
            self.abandon()
            raise BadInput(f"{target} cannot be written as a video; use .mp4.")

    def finish(self) -> None:
        self.writer.release()
        self.part.replace(unused(self.target))

    def abandon(self) -> None:
        self.writer.release()
        remove(self.part)
