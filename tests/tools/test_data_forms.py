"""The forms in which FER2013 is downloaded: archives, image folders, nested folders."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fer2013.core.constants import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fer2013.data.bad_rows import BadRows
from fer2013.runtime.errors import BadInput
from tools.data.finding import find, unpack

PIXELS = " ".join(["7"] * 2304)
CSV = f"emotion,pixels,Usage\n3,{PIXELS},Training\n".encode()
ONE_ROW = [(TRAINING, 3, 7)]

Read = Callable[..., tuple[list[tuple[str, int, int]], list[str]]]


@pytest.fixture
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Find FER2013 and read it. → every row as (usage, emotion, first pixel), and the remarks"""

    def find_and_read(path: Path, on_bad_row: str = "fail") -> Any:
        found = find(path, tmp_path_factory.mktemp("scratch"), on_bad_row)
        rows = (row for source in found.sources for row in BadRows().good_rows(source))
        return [(row.usage, row.emotion, int(row.pixels[0, 0])) for row in rows], found.remarks

    return find_and_read


def tar(path: Path, mode: Any, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, mode) as archive:
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
    "tar.gz": lambda at: tar(at / "fer2013.tar.gz", "w:gz", FILES),
    "zip called csv": lambda at: zipped(at / "fer2013.csv", FILES),
    "tar.gz in a zip": lambda at: zipped(
        at / "a.zip", {"fer2013.tar.gz": tar(at.parent / "x", "w:gz", FILES).read_bytes()}
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
    for place in (folder, path):
        rows, remarks = read(place)
        assert rows == ONE_ROW
        assert f"{path} was unpacked" in remarks[0]
    assert list(folder.iterdir()) == [path]
    assert path.read_bytes() == before


def test_nothing_is_written_outside_of_the_target(tmp_path: Path) -> None:
    """shutil leaves such members of a zip out, and refuses a tar with one."""
    target = tmp_path / "in/target"
    target.mkdir(parents=True)
    unpack(zipped(tmp_path / "out.zip", {"../fer2013.csv": CSV}), target)
    with pytest.raises(BadInput, match=r"out\.tar cannot be unpacked"):
        unpack(tar(tmp_path / "out.tar", "w", {"../fer2013.csv": CSV}), target)
    assert not list(tmp_path.rglob("fer2013.csv"))


def test_a_damaged_archive_is_to_be_downloaded_again(tmp_path: Path, read: Read) -> None:
    path = zipped(tmp_path / "a.zip", FILES)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match=rf"{path} cannot be unpacked .*; download it again"):
        read(tmp_path)


def test_of_two_folders_deeper_none_is_guessed(tmp_path: Path, read: Read) -> None:
    for name in ("fer2013", "ferplus"):
        (tmp_path / f"all/{name}").mkdir(parents=True)
        (tmp_path / f"all/{name}/fer2013.csv").write_bytes(CSV)
    with pytest.raises(BadInput, match="holds fer2013, ferplus; say which"):
        read(tmp_path / "all")


def test_a_file_instead_of_a_folder(tmp_path: Path, read: Read) -> None:
    (tmp_path / "my faces.csv").write_bytes(CSV)
    assert read(tmp_path / "my faces.csv")[0] == ONE_ROW


def test_what_is_no_data_is_refused(tmp_path: Path, read: Read) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="data holds no training rows"):
        read(tmp_path / "data")
    with pytest.raises(BadInput, match="the header is 'PAR1'"):
        read(tmp_path / "data/train.parquet")
    with pytest.raises(BadInput, match="nowhere is not a folder"):
        read(tmp_path / "nowhere")


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
    image(folder / "test/happy/PublicTest_9.jpg", 30)
    image(folder / "test/disgust/PublicTest_8.png", 90)
    rows, remarks = read(folder)
    assert rows == [
        (TRAINING, 5, 50),
        (TRAINING, 6, 60),
        (TRAINING, 0, 10),
        (PUBLIC_TEST, 1, 90),
        (PUBLIC_TEST, 3, 30),
        (PRIVATE_TEST, 2, 20),
    ]
    assert "6 images" in remarks[0]
    assert "some grey levels" in remarks[0]
    assert len(remarks) == 1


def test_images_whose_names_tell_nothing(tmp_path: Path, read: Read) -> None:
    image(tmp_path / "images/train/Happiness/2.jpg", 10)
    image(tmp_path / "images/train/sad/10.jpg", 20)
    image(tmp_path / "images/validation/fearful/1.jpg", 30)
    rows, remarks = read(tmp_path)
    assert rows == [(TRAINING, 3, 10), (TRAINING, 4, 20), (PUBLIC_TEST, 2, 30)]
    assert "do not tell PublicTest from PrivateTest" in remarks[1]


def test_a_folder_of_no_class_is_refused(tmp_path: Path, read: Read) -> None:
    image(tmp_path / "a/train/contempt/Training_2.jpg", 20)
    with pytest.raises(BadInput, match="train/contempt is called as none of the classes Angry"):
        read(tmp_path / "a")


def test_a_spoilt_image_is_a_bad_row(tmp_path: Path, read: Read) -> None:
    for number in range(3):
        image(tmp_path / f"a/train/sad/Training_{number}.png", number)
    image(tmp_path / "a/train/sad/Training_1.png", 20, size=224)
    (tmp_path / "a/train/sad/Training_2.png").write_bytes(b"")
    found = r"Training_1.png: 224 × 224 pixels instead of 48 × 48\n.*Training_2.png: .*damaged"
    with pytest.raises(BadInput, match=found):
        read(tmp_path / "a")
    rows, remarks = read(tmp_path / "a", "drop")
    assert len(rows) == 1
    assert "2 images are left out" in remarks[1]
