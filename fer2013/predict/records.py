"""The output of `fer2013 predict`: text, CSV or JSON. Pictures without faces are included."""

import csv
import json
from typing import Protocol, TextIO

from fer2013.core.constants import CLASSES
from fer2013.predict.model import Face, Model
from fer2013.predict.sources import SourcePicture

COLUMNS = ["source", "frame", "seconds", "face", "left", "top", "width", "height", "score", "label"]
CAVEAT = "Other pictures than FER2013's may be harder: measure on yours before you rely on it."


class Writer(Protocol):
    def write(self, picture: SourcePicture, faces: list[Face]) -> None: ...

    def write_error(self, source: str, reason: str) -> None: ...

    def close(self) -> None: ...


class Text:
    """Text for a person to read: a line for each face, or one for a picture without faces."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out = out

    def write(self, picture: SourcePicture, faces: list[Face]) -> None:
        name = picture.source
        if picture.is_face:
            name += f", row {picture.frame}"
        elif picture.frame is not None:
            name += f", frame {picture.frame} ({picture.seconds:.2f} s)"
        if not faces:
            print(f"{name}: no face", file=self.out)
        for face in faces:
            expression = f"{face.label} {face.probabilities[face.label]:.0%}"
            left, top, width, height = (round(number) for number in face.box)
            position = "" if picture.is_face else f"  {width}×{height} at {left},{top}"
            print(f"{name}: {expression}{position}", file=self.out)

    def write_error(self, source: str, reason: str) -> None:
        """The command has already printed it to stderr."""

    def close(self) -> None:
        """Everything has been written."""


class Csv:
    """A row for each face, each picture without faces and each broken file (with its error)."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.rows = csv.writer(out, lineterminator="\n")
        self.rows.writerow([*COLUMNS, *CLASSES, "error"])

    def write(self, picture: SourcePicture, faces: list[Face]) -> None:
        origin = [picture.source, picture.frame, picture.seconds]
        if not faces:
            self.rows.writerow([*origin, *[None] * (len(COLUMNS) - 3 + len(CLASSES)), None])
        for number, face in enumerate(faces):
            box = [round(length, 1) for length in face.box]
            values = [number, *box, round(face.score, 4), face.label]
            probabilities = [round(face.probabilities[name], 6) for name in CLASSES]
            self.rows.writerow([*origin, *values, *probabilities, None])

    def write_error(self, source: str, reason: str) -> None:
        self.rows.writerow([source, *[None] * (len(COLUMNS) - 1 + len(CLASSES)), reason])

    def close(self) -> None:
        """Everything has been written."""


class Json:
    """One object with the model and a list with an object for each picture, written one by one."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out, self.first = out, True
        accuracy = model.accuracy and vars(model.accuracy)
        about = {"name": model.name, "accuracy": accuracy, "measured_on": "FER2013, validation"}
        print(f'{{"model": {json.dumps(about)},\n"pictures": [', end="", file=out)

    def write(self, picture: SourcePicture, faces: list[Face]) -> None:
        records = [
            {
                "box": [round(length, 1) for length in face.box],
                "score": round(face.score, 4),
                "label": face.label,
                "probabilities": {name: round(p, 6) for name, p in face.probabilities.items()},
            }
            for face in faces
        ]
        origin = {"source": picture.source, "frame": picture.frame, "seconds": picture.seconds}
        self._add({**origin, "faces": records})

    def write_error(self, source: str, reason: str) -> None:
        self._add({"source": source, "error": reason})

    def _add(self, record: dict[str, object]) -> None:
        print("\n" if self.first else ",\n", json.dumps(record), sep="", end="", file=self.out)
        self.first = False

    def close(self) -> None:
        print("\n]}", file=self.out)
