"""The output of `fer2013 predict`: text, CSV or JSON, written picture by picture."""

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from fer2013.core.constants import CLASSES
from fer2013.predict.model import Face, Model

# Of a picture: its source, frame, seconds and faces; of a broken file: its source and error.
Record = dict[str, Any]
BOX = ("left", "top", "width", "height")
COLUMNS = ("source", "frame", "seconds", "face", *BOX, "score", "label", *CLASSES, "error")


def write_text(records: Iterator[Record], model: Model, out: TextIO) -> None:
    """For a person to read: a line for each face, or one for a picture without faces."""
    for record in records:
        if "error" in record:  # which the command prints to stderr
            continue
        name, frame, seconds = record["source"], record["frame"], record["seconds"]
        is_row = frame is not None and seconds is None
        if frame is not None:
            name += f", row {frame}" if is_row else f", frame {frame} ({seconds:.2f} s)"
        if not record["faces"]:
            print(f"{name}: no face", file=out)
        for face in record["faces"]:
            expression = f"{face.label} {face.probabilities[face.label]:.0%}"
            left, top, width, height = map(round, face.box)
            position = "" if is_row else f"  {width}×{height} at {left},{top}"
            print(f"{name}: {expression}{position}", file=out)


def write_csv(records: Iterator[Record], model: Model, out: TextIO) -> None:
    """A row for each face, each picture without faces and each broken file (with its error)."""
    rows = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for record in records:
        faces = record.pop("faces", [])
        if not faces:
            rows.writerow(record)
        for number, face in enumerate(map(rounded, faces)):
            box = dict(zip(BOX, face.pop("box"), strict=True))
            rows.writerow(record | box | face.pop("probabilities") | {"face": number} | face)


def write_json(records: Iterator[Record], model: Model, out: TextIO) -> None:
    """One object with the model and a list with an object for each picture."""
    accuracy = model.accuracy and vars(model.accuracy)
    about = {"name": model.name, "accuracy": accuracy, "measured_on": "FER2013, validation"}
    print(f'{{"model": {json.dumps(about)},\n"pictures": [', end="", file=out)
    separator = "\n"
    try:
        for record in records:
            print(separator, json.dumps(record, default=rounded), sep="", end="", file=out)
            separator = ",\n"
    finally:
        print("\n]}", file=out)


def rounded(face: Face) -> Record:
    return {
        "box": [round(length, 1) for length in face.box],
        "score": round(face.score, 4),
        "label": face.label,
        "probabilities": {name: round(p, 6) for name, p in face.probabilities.items()},
    }
