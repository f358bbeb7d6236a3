"""The output of `fer2013 predict`: text, CSV or JSON, written picture by picture."""

import csv
import json
from typing import Any, Protocol, TextIO

from fer2013.core.constants import CLASSES
from fer2013.predict.model import Face, Model

# Of a picture: its source, frame, seconds and faces; of a broken file: its source and error.
Record = dict[str, Any]
COLUMNS = ["source", "frame", "seconds", "face", "left", "top", "width", "height", "score", "label"]
CAVEAT = "Other pictures than FER2013's may be harder: measure on yours before you rely on it."


class Writer(Protocol):
    def write(self, record: Record) -> None: ...

    def close(self) -> None: ...


class Text:
    """Text for a person to read: a line for each face, or one for a picture without faces."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out = out

    def write(self, record: Record) -> None:
        if "error" in record:  # which the command prints to stderr
            return
        name, frame, seconds = record["source"], record["frame"], record["seconds"]
        is_row = frame is not None and seconds is None
        if frame is not None:
            name += f", row {frame}" if is_row else f", frame {frame} ({seconds:.2f} s)"
        if not record["faces"]:
            print(f"{name}: no face", file=self.out)
        for face in record["faces"]:
            expression = f"{face.label} {face.probabilities[face.label]:.0%}"
            left, top, width, height = map(round, face.box)
            position = "" if is_row else f"  {width}×{height} at {left},{top}"
            print(f"{name}: {expression}{position}", file=self.out)

    def close(self) -> None:
        """Everything has been written."""


class Csv:
    """A row for each face, each picture without faces and each broken file (with its error)."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.rows = csv.DictWriter(out, [*COLUMNS, *CLASSES, "error"], lineterminator="\n")
        self.rows.writeheader()

    def write(self, record: Record) -> None:
        faces = record.pop("faces", [])
        if not faces:
            self.rows.writerow(record)
        for number, face in enumerate(map(rounded, faces)):
            box = dict(zip(("left", "top", "width", "height"), face.pop("box"), strict=True))
            self.rows.writerow(record | box | face.pop("probabilities") | {"face": number} | face)

    def close(self) -> None:
        """Everything has been written."""


class Json:
    """One object with the model and a list with an object for each picture."""

    def __init__(self, out: TextIO, model: Model) -> None:
        self.out, self.separator = out, "\n"
        accuracy = model.accuracy and vars(model.accuracy)
        about = {"name": model.name, "accuracy": accuracy, "measured_on": "FER2013, validation"}
        print(f'{{"model": {json.dumps(about)},\n"pictures": [', end="", file=out)

    def write(self, record: Record) -> None:
        print(self.separator, json.dumps(record, default=rounded), sep="", end="", file=self.out)
        self.separator = ",\n"

    def close(self) -> None:
        print("\n]}", file=self.out)


def rounded(face: Face) -> Record:
    return {
        "box": [round(length, 1) for length in face.box],
        "score": round(face.score, 4),
        "label": face.label,
        "probabilities": {name: round(p, 6) for name, p in face.probabilities.items()},
    }
