"""Folders of images, a folder for each class, written as the CSV file that ingest reads.

    train/angry/Training_123.jpg   test/happy/PublicTest_456.jpg   test/sad/PrivateTest_789.jpg

So is the most used copy on Kaggle. Usage and order come from the files' names; where those say
nothing, train/ is Training. Labels come from the folders' names, never from their order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fer2013.core.constants import CLASSES, PRIVATE_TEST, PUBLIC_TEST, SIDE, TRAINING, USAGES
from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import CLASS_WORDS
from fer2013.runtime.errors import BadInput, one_line

IMAGES = (".jpg", ".jpeg", ".png")
FOLDERS = {  # where file names say nothing
    **dict.fromkeys(("train", "training"), TRAINING),
    **dict.fromkeys(("test", "testing", "val", "valid", "validation"), PUBLIC_TEST),
    **dict.fromkeys(("publictest", "public_test"), PUBLIC_TEST),
    **dict.fromkeys(("privatetest", "private_test"), PRIVATE_TEST),
}
MIXED = ("test", "testing", "val", "valid", "validation")
NAMED = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)")


@dataclass(frozen=True)
class Face:
    path: Path
    label: int
    usage: str
    order: tuple[int, int, str]  # usage, number in the file's name, name
    named: bool  # does the file's own name give the usage?


def part_folders(folder: Path) -> list[Path]:
    """The folders such as train/ and test/ that hold a folder of images for each class."""
    return [
        part
        for part in sorted(folder.iterdir())
        if part.name.lower() in FOLDERS and part.is_dir() and any(_class_folders(part))
    ]


def refuse_classes_alone(folder: Path) -> None:
    """Refuse a folder such as train/ itself, whose name would have said which usage it is."""
    if any(inner.name.lower() in CLASS_WORDS for inner in _class_folders(folder)):
        raise BadInput(
            f"{folder} holds a folder for each class; point to the folder above, "
            "which holds train/ and test/: make data FROM=folder"
        )


def write_csv(parts: list[Path], target: Path, on_bad_row: str) -> list[str]:
    """Write the faces in these folders as a fer2013.csv. → remarks about them

    Raises:
        BadInput: a folder is none of the seven classes, or images are not those of FER2013.
    """
    faces = [face for part in parts for face in _faces_in(part)]
    faces.sort(key=lambda face: face.order)
    bad = BadRows(rows=len(faces))
    with target.open("w", encoding="ascii", newline="\n") as file:
        file.write("emotion,pixels,Usage\n")
        for face in faces:
            try:
                pixels = _pixels(face.path)
            except ValueError as error:
                bad.add(str(face.path), str(error))
                continue
            file.write(f"{face.label},{' '.join(map(str, pixels.tolist()))},{face.usage}\n")
    bad.refuse(on_bad_row)
    return [
        f"{' and '.join(f'{part.name}/' for part in parts)}: {len(faces) - bad.count:,} images "
        f"are now rows of {target.name}. JPEG has changed their pixels: they differ from those of "
        "FER2013's CSV file by some grey levels, and scores therefore differ a little too.",
        *([f"{bad.count} images are left out, {bad.first[0]}"] if bad.count else []),
        *_mixed_tests(parts, faces),
    ]


def _mixed_tests(parts: list[Path], faces: list[Face]) -> Iterator[str]:
    for part in parts:
        unnamed = sum(face.path.is_relative_to(part) and not face.named for face in faces)
        if unnamed and part.name.lower() in MIXED:
            yield (
                f"The file names in {part.name}/ do not tell PublicTest from PrivateTest: it may "
                f"hold both mixed. Its {unnamed:,} faces count as PublicTest here, so no score is "
                "that of the official PrivateTest."
            )


def _class_folders(part: Path) -> Iterator[Path]:
    """The folders that contain images."""
    for folder in sorted(part.iterdir()):
        if folder.is_dir() and any(map(_is_image, folder.iterdir())):
            yield folder


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGES and not path.name.startswith(".")


def _faces_in(part: Path) -> Iterator[Face]:
    for folder in _class_folders(part):
        label = CLASS_WORDS.get(folder.name.strip().lower())
        if label is None:
            raise BadInput(
                f"{folder} is called as none of the classes {', '.join(CLASSES)}; which one its "
                "images are of cannot be told. Rename it, or take it away."
            )
        for path in filter(_is_image, folder.iterdir()):
            yield _face(path, label, FOLDERS[part.name.lower()])


def _face(path: Path, label: int, usage: str) -> Face:
    named = NAMED.match(path.name)
    if named:
        usage = named[1]
    number = int(named[2]) if named else int((re.findall(r"\d+", path.stem) or ["0"])[-1])
    order = (USAGES.index(usage), number, f"{path.name}/{label}")
    return Face(path, label, usage, order, bool(named))


def _pixels(path: Path) -> np.ndarray:
    """An image's grey levels. → uint8 [2304]

    Raises:
        ValueError: it is damaged or of another size.
    """
    try:
        with Image.open(path) as image:
            if image.size != (SIDE, SIDE):
                raise ValueError(
                    f"{image.width} × {image.height} pixels instead of {SIDE} × {SIDE}"
                )
            return np.asarray(image.convert("L")).reshape(-1)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image is damaged ({one_line(error)})") from None
