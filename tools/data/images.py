"""Folders of images, a folder for each class, written as the CSV file that ingest reads.

    train/angry/Training_123.jpg   test/happy/PublicTest_456.jpg   test/sad/PrivateTest_789.jpg

So is the most used copy on Kaggle. Usage and order come from the files' names; where those say
nothing, train/ is Training. Labels come from the folders' names, never from their order.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
NAMED = re.compile(r"(Training|PublicTest|PrivateTest)_(\d+)")


class Face(NamedTuple):
    """An image; in the order of these fields they are written."""

    usage: int  # its place among USAGES
    number: int  # in the file's name
    path: Path
    label: int
    named: bool  # does the file's own name give the usage?


def part_folders(folder: Path) -> list[Path]:
    """The folders such as train/ and test/ that hold a folder of images for each class."""
    return [
        part
        for part in sorted(folder.iterdir())
        if part.name.lower() in FOLDERS and part.is_dir() and _class_folders(part)
    ]


def write_csv(parts: list[Path], target: Path, on_bad_row: str) -> list[str]:
    """Write the faces in these folders as a fer2013.csv. → remarks about them

    Raises:
        BadInput: a folder is none of the seven classes, or images are not those of FER2013.
    """
    faces = sorted(face for part in parts for face in _faces_in(part))
    bad = BadRows(rows=len(faces))
    with target.open("w", encoding="ascii", newline="\n") as file:
        file.write("emotion,pixels,Usage\n")
        for face in faces:
            try:
                pixels = " ".join(map(str, _pixels(face.path)))
                file.write(f"{face.label},{pixels},{USAGES[face.usage]}\n")
            except ValueError as error:
                bad.add(str(face.path), str(error))
    bad.refuse(on_bad_row)
    remarks = [
        f"{' and '.join(f'{part.name}/' for part in parts)}: {len(faces) - bad.count:,} images "
        f"are now rows of {target.name}. JPEG has changed their pixels: they differ from those of "
        "FER2013's CSV file by some grey levels, and scores therefore differ a little too."
    ]
    if bad.count:
        remarks.append(f"{bad.count} images are left out, {bad.first[0]}")
    unnamed = sum(not face.named and USAGES[face.usage] == PUBLIC_TEST for face in faces)
    if unnamed:
        remarks.append(
            f"The names of {unnamed:,} test images do not tell PublicTest from PrivateTest. All "
            "count as PublicTest here, so no score is that of the official PrivateTest."
        )
    return remarks


def _class_folders(part: Path) -> list[Path]:
    """The folders that contain images."""
    inner = (folder for folder in sorted(part.iterdir()) if folder.is_dir())
    return [folder for folder in inner if any(map(_is_image, folder.iterdir()))]


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
            named = NAMED.match(path.name)
            usage = named[1] if named else FOLDERS[part.name.lower()]
            number = int(named[2] if named else (re.findall(r"\d+", path.stem) or ["0"])[-1])
            yield Face(USAGES.index(usage), number, path, label, bool(named))


def _pixels(path: Path) -> list[int]:
    """An image's 2304 grey levels.

    Raises:
        ValueError: it is damaged or of another size.
    """
    try:
        with Image.open(path) as image:
            if image.size != (SIDE, SIDE):
                raise ValueError(
                    f"{image.width} × {image.height} pixels instead of {SIDE} × {SIDE}"
                )
            return list(image.convert("L").tobytes())
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"the image is damaged ({one_line(error)})") from None
