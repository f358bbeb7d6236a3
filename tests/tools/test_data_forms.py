"""The forms in which FER2013 is downloaded: archives, image folders, nested folders."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer2013.core.constants import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fer2013.data.bad_rows import BadRows
from fer2013.runtime.errors import BadInput
from tools.data.finding import find, unpack

CSV = f"emotion,pixels,Usage\n3,{' '.join(['7'] * 2304)},Training\n".encode()
ONE_ROW = [(TRAINING, 3, 7)]

Rows = list[tuple[str, int, int]]
Read = Callable[..., tuple[Rows, list[str]]]


@pytest.fixture
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Find FER2013 and read it. → every row as (usage, emotion, first pixel), and the remarks"""

    def find_and_read(path: Path, on_bad_row: str = "fail") -> tuple[Rows, list[str]]:
        found = find(path, tmp_path_factory.mktemp("scratch"), on_bad_row)
        rows = [
            (row.usage, row.emotion, int(row.pixels[0, 0]))
            for source in found.sources
            for row in BadRows().good_rows(source)
        ]
        return rows, found.remarks

    return find_and_read


# Archives and folders


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


FILES = {"fer2013/fer2013.csv": CSV, "fer2013/README": b"hello", "__MACOSX/._fer2013.csv": b"\0"}
PACKED: dict[str, Callable[[Path], Path]] = {
    "zip": lambda at: zipped(at / "archive.zip", FILES),
    "tar.gz": lambda at: tar(at / "fer2013.tar.gz", FILES),
    "zip called csv": lambda at: zipped(at / "fer2013.csv", FILES),
    "tar.gz in a zip": lambda at: zipped(
        at / "a.zip", {"fer2013.tar.gz": tar(at.parent / "x", FILES).read_bytes()}
    ),
}


@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED.keys())
def test_archives_are_unpacked_and_kept(
    tmp_path: Path, read: Read, pack: Callable[[Path], Path]
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    path = pack(folder)
    before = path.read_bytes()
    for place in (path, folder):
        rows, remarks = read(place)
        assert rows == ONE_ROW
        assert f"{path} was unpacked" in remarks[0]
    assert list(folder.iterdir()) == [path]
    assert path.read_bytes() == before


def test_nothing_is_written_outside_of_the_target(tmp_path: Path) -> None:
    """shutil leaves such members of a zip out, and refuses a tar with one."""
    target = tmp_path / "in/target"
    target.mkdir(parents=True)
    for name in ("../fer2013.csv", f"{tmp_path}/fer2013.csv", "a/../../../fer2013.csv"):
        unpack(zipped(tmp_path / "out.zip", {name: CSV}), target)
    path = tar(tmp_path / "out.tar.gz", {"../fer2013.csv": CSV})
    with pytest.raises(BadInput, match=f"{path} cannot be unpacked"):
        unpack(path, target)
    assert not list(tmp_path.rglob("fer2013.csv"))


@pytest.mark.parametrize(("name", "pack"), [("a.zip", zipped), ("a.tar.gz", tar)])
def test_a_damaged_archive_is_to_be_downloaded_again(
    tmp_path: Path, read: Read, name: str, pack: Callable[[Path, dict[str, bytes]], Path]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 200_000, np.uint8).tobytes()
    path = pack(tmp_path / name, {"fer2013.csv": noise})
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(BadInput, match=rf"{path} cannot be unpacked .*; download it again"):
        read(path)


def test_a_folder_deeper(tmp_path: Path, read: Read) -> None:
    (tmp_path / "archive/fer2013").mkdir(parents=True)
    (tmp_path / "archive/fer2013/fer2013.csv").write_bytes(CSV)
    zipped(tmp_path / "archive/fer2013.zip", FILES)  # it was unpacked already
    assert read(tmp_path / "archive/fer2013/fer2013.csv") == (ONE_ROW, [])
    rows, remarks = read(tmp_path / "archive")
    assert rows == ONE_ROW
    assert "holds fer2013/, which is read" in remarks[0]


def test_of_two_folders_deeper_none_is_guessed(tmp_path: Path, read: Read) -> None:
    for name in ("fer2013", "ferplus"):
        (tmp_path / f"all/{name}").mkdir(parents=True)
        (tmp_path / f"all/{name}/fer2013.csv").write_bytes(CSV)
    with pytest.raises(BadInput, match="holds fer2013, ferplus; say which"):
        read(tmp_path / "all")


def test_what_is_no_data_is_refused(tmp_path: Path, read: Read) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1")
    for name, message in {
        ".": "holds no training rows",
        "train.parquet": "the header is 'PAR1'",
        "nowhere": "nowhere is not a folder",
    }.items():
        with pytest.raises(BadInput, match=message):
            read(tmp_path / name)


# Image folders


def image(path: Path, level: int, size: int = 48) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (size, size), level).save(path)
    return path


def test_image_folders_of_kaggle(tmp_path: Path, read: Read) -> None:
    """Usage and order are those of the names, labels those of the classes, not the alphabet's."""
    folder = tmp_path / "archive"
    image(folder / "train/angry/Training_1000.jpg", 10)
    image(folder / "train/neutral/Training_20.jpg", 60)
    image(folder / "train/surprise/Training_3.jpg", 50)
    image(folder / "test/fear/PrivateTest_1.jpg", 20)
    image(folder / "test/disgust/PublicTest_8.png", 90)
    rows, (remark,) = read(folder)
    assert rows == [
        (TRAINING, 5, 50),
        (TRAINING, 6, 60),
        (TRAINING, 0, 10),
        (PUBLIC_TEST, 1, 90),
        (PRIVATE_TEST, 2, 20),
    ]
    assert "5 images" in remark
    assert "some grey levels" in remark


def test_images_whose_names_tell_nothing(tmp_path: Path, read: Read) -> None:
    image(tmp_path / "images/train/Happiness/2.jpg", 10)
    image(tmp_path / "images/train/sad/10.jpg", 20)
    image(tmp_path / "images/validation/fearful/1.jpg", 30)
    rows, remarks = read(tmp_path)
    assert rows == [(TRAINING, 3, 10), (TRAINING, 4, 20), (PUBLIC_TEST, 2, 30)]
    assert "holds images/, which is read" in remarks[0]
    assert "may hold both mixed" in remarks[2]


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("a/train/contempt", "train/contempt is called as none of the classes Angry"),
        ("a/angry", "point to the folder above"),
    ],
)
def test_other_folders_of_images_are_refused(
    tmp_path: Path, read: Read, folder: str, message: str
) -> None:
    image(tmp_path / folder / "Training_2.jpg", 20)
    with pytest.raises(BadInput, match=message):
        read(tmp_path / "a")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "size": (lambda path: image(path, 20, size=224), "224 × 224 pixels instead of 48 × 48"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_image_is_a_bad_row(
    tmp_path: Path, read: Read, spoil: Callable[[Path], object], reason: str
) -> None:
    for number in range(3):
        image(tmp_path / f"a/train/sad/Training_{number}.png", number)
    spoil(tmp_path / "a/train/sad/Training_1.png")
    with pytest.raises(BadInput, match=f"Training_1.png: .*{reason}"):
        read(tmp_path / "a")
    rows, remarks = read(tmp_path / "a", "drop")
    assert len(rows) == 2
    assert "1 images are left out" in remarks[1]
