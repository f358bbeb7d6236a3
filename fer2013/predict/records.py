"""What the command prints: lines for people, CSV or JSON. A picture without faces is there too."""

import csv
import json
from typing import Protocol, TextIO

from fer2013.base.constants import CLASSES
from fer2013.predict.model import Face, Model
from fer2013.predict.sources import Shot

COLUMNS = ["source", "frame", "seconds", "face", "left", "top", "width", "height", "score", "label"]
DOMAIN = "Other pictures than FER2013's may be harder: measure on yours before you rely on it."


class Writer(Protocol):
    def write(self, shot: Shot, faces: list[Face]) -> None: ...

    def write_error(self, source: str, reason: str) -> None: ...

    def close(self) -> None: ...


class Lines:
    """For people: a line for each face, or one that says that there is none."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out = out

    def write(self, shot: Shot, faces: list[Face]) -> None:
        where = shot.source
        if shot.is_face:
            where += f", row {shot.frame}"
        elif shot.frame is not None:
            where += f", frame {shot.frame} ({shot.seconds:.2f} s)"
        if not faces:
            print(f"{where}: no face", file=self.out)
        for face in faces:
            sure = f"{face.label} {face.probabilities[face.label]:.0%}"
            left, top, width, height = (round(number) for number in face.box)
            place = "" if shot.is_face else f"  {width}×{height} at {left},{top}"
            print(f"{where}: {sure}{place}", file=self.out)

    def write_error(self, source: str, reason: str) -> None:
        """It stands on stderr already."""

    def close(self) -> None:
        """Nothing is kept back."""


class Csv:
    """A row for each face; without faces, a row without a label; of a broken file, its error."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.rows = csv.writer(out, lineterminator="\n")
        self.rows.writerow([*COLUMNS, *CLASSES, "error"])

    def write(self, shot: Shot, faces: list[Face]) -> None:
        where = [shot.source, shot.frame, shot.seconds]
        if not faces:
            self.rows.writerow([*where, *[None] * (len(COLUMNS) - 3 + len(CLASSES)), None])
        for number, face in enumerate(faces):
            box = [round(length, 1) for length in face.box]
            known = [number, *box, round(face.score, 4), face.label]
            probabilities = [round(face.probabilities[name], 6) for name in CLASSES]
            self.rows.writerow([*where, *known, *probabilities, None])

    def write_error(self, source: str, reason: str) -> None:
        self.rows.writerow([source, *[None] * (len(COLUMNS) - 1 + len(CLASSES)), reason])

    def close(self) -> None:
        """Nothing is kept back."""


class Json:
    """One object: the model, and a list with an object for each picture, written as they come."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out, self.first = out, True
        accuracy = model.accuracy and vars(model.accuracy)
        known = {"name": model.name, "accuracy": accuracy, "measured_on": "FER2013, validation"}
        print(f'{{"model": {json.dumps(known)},\n"pictures": [', end="", file=out)

    def write(self, shot: Shot, faces: list[Face]) -> None:
        answers = [
            {
                "box": [round(length, 1) for length in face.box],
                "score": round(face.score, 4),
                "label": face.label,
                "probabilities": {name: round(p, 6) for name, p in face.probabilities.items()},
            }
            for face in faces
        ]
        where = {"source": shot.source, "frame": shot.frame, "seconds": shot.seconds}
        self._add({**where, "faces": answers})

    def write_error(self, source: str, reason: str) -> None:
        self._add({"source": source, "error": reason})

    def _add(self, record: dict[str, object]) -> None:
        print("\n" if self.first else ",\n", json.dumps(record), sep="", end="", file=self.out)
        self.first = False

    def close(self) -> None:
        print("\n]}", file=self.out)
