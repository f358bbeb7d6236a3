"""The forms in which FER2013 is downloaded: archives, image folders, nested folders."""

import gzip
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fer2013.data.bad_rows import BadRows
from fer2013.data.csv_rows import read_rows
from fer2013.data.csv_sources import Source
from fer2013.runtime.errors import BadInput
from tools.data import archives
from tools.data.finding import Found, Scratch, find

PIXELS = " ".join(["7"] * 2304)
CSV = f"emotion,pixels,Usage\n3,{PIXELS},Training\n".encode()


def found_in(path: Path, on_bad_row: str = "fail") -> Found:
    scratch = Scratch(Path(tempfile.mkdtemp(prefix=".scratch", dir=path.parent)))
    try:
        found = find(path, scratch, on_bad_row)
    except BadInput as error:
        raise BadInput(scratch.named(str(error))) from None
    found.remarks = [scratch.named(remark) for remark in found.remarks]
    return found


def rows_of(sources: list[Source]) -> list[tuple[int, int, int]]:
    """Every row as (usage, emotion, first pixel)."""
    bad_rows = BadRows()
    rows: list[tuple[int, int, int]] = []
    for source in sources:
        for block in read_rows(source, bad_rows):
            rows += zip(block.usages, block.emotions, block.pixels[:, 0, 0].tolist(), strict=True)
    assert bad_rows.count == 0
    return rows


# Archives


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


def gzipped(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


FILES = {"fer2013/fer2013.csv": CSV, "fer2013/README": b"hello", "__MACOSX/._fer2013.csv": b"\0"}
PACKED: dict[str, Callable[[Path], Path]] = {
    "zip": lambda at: zipped(at / "archive.zip", FILES),
    "tar.gz": lambda at: tar(at / "fer2013.tar.gz", "w:gz", FILES),
    "tar.xz": lambda at: tar(at / "fer2013.tar.xz", "w:xz", FILES),
    "tar": lambda at: tar(at / "fer2013.tar", "w", FILES),
    "tar called csv": lambda at: tar(at / "fer2013.csv", "w", FILES),
    "gzip": lambda at: gzipped(at / "fer2013.csv.gz", CSV),
    "gzip called csv": lambda at: gzipped(at / "fer2013.csv", CSV),
    "tar.gz in a zip": lambda at: zipped(
        at / "a.zip", {"fer2013.tar.gz": tar(at.parent / "x", "w:gz", FILES).read_bytes()}
    ),
}


@pytest.mark.parametrize("as_folder", [True, False])
@pytest.mark.parametrize("pack", PACKED.values(), ids=PACKED.keys())
def test_archives_are_unpacked_and_kept(
    tmp_path: Path, pack: Callable[[Path], Path], as_folder: bool
) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    path = pack(folder)
    before = path.read_bytes()
    found = found_in(folder if as_folder else path)
    assert [source.path.name for source in found.sources] == ["fer2013.csv"]
    assert rows_of(found.sources) == [(0, 3, 7)]
    assert f"{path} was unpacked" in found.remarks[0]
    assert [inside.name for inside in folder.iterdir() if not inside.name.startswith(".")] == [
        path.name
    ]
    assert path.read_bytes() == before


def test_a_link_or_a_path_that_leads_out_is_refused(tmp_path: Path) -> None:
    tar(tmp_path / "out.tar", "w", {"../fer2013.csv": CSV})
    tar(tmp_path / "absolute.tar", "w", {"/tmp/fer2013.csv": CSV})
    zipped(tmp_path / "out.zip", {"a/../../fer2013.csv": CSV})
    with tarfile.open(tmp_path / "link.tar", "w") as archive:
        link = tarfile.TarInfo("fer2013.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    entry = zipfile.ZipInfo("fer2013.csv")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive_of_link:
        archive_of_link.writestr(entry, "/etc/passwd")
    for name in ("out.tar", "absolute.tar", "out.zip", "link.tar", "link.zip"):
        target = tmp_path / f"of {name}"
        with pytest.raises(BadInput, match=rf"{name} holds .*; nothing of it is taken"):
            archives.unpack(tmp_path / name, target)
        assert list(target.iterdir()) == []
    assert not (tmp_path.parent / "fer2013.csv").exists()


@pytest.mark.parametrize("kind", ["zip", "gz", "tar.gz"])
def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(archives, "FEW_BYTES", 2**20)
    zeros = bytes(2**24)
    path = {
        "zip": lambda: zipped(tmp_path / "a.zip", {"fer2013.csv": zeros}),
        "gz": lambda: gzipped(tmp_path / "a.csv.gz", zeros),
        "tar.gz": lambda: tar(tmp_path / "a.tar.gz", "w:gz", {"fer2013.csv": zeros}),
    }[kind]()
    with pytest.raises(BadInput, match="expands to more than"):
        archives.unpack(path, tmp_path / "target")
    written = [file.stat().st_size for file in (tmp_path / "target").rglob("*.csv")]
    assert sum(written) < 2**22


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    path = zipped(tmp_path / "a.zip", {f"{index}.csv": b"" for index in range(5)})
    with pytest.raises(BadInput, match="more than 3 files"):
        archives.unpack(path, tmp_path / "target")


@pytest.mark.parametrize("kind", ["zip", "csv.gz", "tar.gz"])
def test_a_damaged_archive_is_to_be_downloaded_again(tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, 10_000, np.uint8).tobytes()
    path = {
        "zip": lambda: zipped(tmp_path / "a.zip", {"fer2013.csv": noise}),
        "csv.gz": lambda: gzipped(tmp_path / "a.csv.gz", noise),
        "tar.gz": lambda: tar(tmp_path / "a.tar.gz", "w:gz", {"fer2013.csv": noise}),
    }[kind]()
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(BadInput, match=r"is damaged or cut off .* download it again"):
        archives.unpack(path, tmp_path / "target")


# Folders


def test_a_folder_deeper(tmp_path: Path) -> None:
    (tmp_path / "archive/fer2013").mkdir(parents=True)
    (tmp_path / "archive/fer2013/fer2013.csv").write_bytes(CSV)
    (tmp_path / "archive/notes").mkdir()
    gzipped(tmp_path / "archive/fer2013.csv.gz", CSV)  # it was unpacked already
    found = found_in(tmp_path / "archive")
    assert rows_of(found.sources) == [(0, 3, 7)]
    assert "holds fer2013/, which is read" in found.remarks[0]


def test_of_two_folders_deeper_none_is_guessed(tmp_path: Path) -> None:
    for name in ("fer2013", "ferplus"):
        (tmp_path / f"all/{name}").mkdir(parents=True)
        (tmp_path / f"all/{name}/fer2013.csv").write_bytes(CSV)
    with pytest.raises(BadInput, match="holds fer2013, ferplus; say which"):
        found_in(tmp_path / "all")


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "my faces.csv").write_bytes(CSV)
    assert rows_of(found_in(tmp_path / "my faces.csv").sources) == [(0, 3, 7)]


def test_parquet_and_missing_paths_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "hub/data").mkdir(parents=True)
    (tmp_path / "hub/data/train-00000-of-00001.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="is a parquet file"):
        found_in(tmp_path / "hub")
    with pytest.raises(BadInput, match="nowhere is not a folder"):
        found_in(tmp_path / "nowhere")


# Image folders


def image(path: Path, level: int, size: int = 48, mode: str = "L") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (size, size), level if mode == "L" else (level, 0, 0)).save(path)
    return path


def test_image_folders_of_kaggle(tmp_path: Path) -> None:
    """Usage and order are those of the names, labels those of the classes, not the alphabet's."""
    folder = tmp_path / "archive"
    image(folder / "train/angry/Training_1000.jpg", 10)
    image(folder / "train/neutral/Training_20.jpg", 60)
    image(folder / "train/surprise/Training_3.jpg", 50)
    image(folder / "test/fear/PrivateTest_1.jpg", 20)
    image(folder / "test/happy/PublicTest_9.jpg", 30)
    image(folder / "test/disgust/PublicTest_8.png", 90)
    found = found_in(folder)
    assert rows_of(found.sources) == [
        (0, 5, 50),
        (0, 6, 60),
        (0, 0, 10),
        (1, 1, 90),
        (1, 3, 30),
        (2, 2, 20),
    ]
    assert "6 images" in found.remarks[0]
    assert "some grey levels" in found.remarks[0]
    assert len(found.remarks) == 1


def test_images_whose_names_tell_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    image(folder / "train/Happiness/2.jpg", 10)
    image(folder / "train/sad/10.jpg", 20)
    image(folder / "test/fearful/1.jpg", 30)
    (folder / "test/fearful/Thumbs.db").write_bytes(b"")
    found = found_in(folder)
    assert rows_of(found.sources) == [(0, 3, 10), (0, 4, 20), (1, 2, 30)]
    assert "may hold both mixed" in found.remarks[1]
    assert "1 other files in test/ are ignored, such as Thumbs.db" in found.remarks[2]


def test_the_usage_of_an_image_is_that_of_its_name(tmp_path: Path) -> None:
    image(tmp_path / "a/test/sad/Training_2.jpg", 20)
    found = found_in(tmp_path / "a")
    assert rows_of(found.sources) == [(0, 4, 20)]
    assert "1 images in test/ are named as Training" in found.remarks[1]


@pytest.mark.parametrize("name", ["contempt", "3"])
def test_a_folder_of_no_class_is_refused(tmp_path: Path, name: str) -> None:
    image(tmp_path / f"a/train/{name}/Training_2.jpg", 20)
    with pytest.raises(BadInput, match=f"train/{name} is called as none of the classes Angry"):
        found_in(tmp_path / "a")


def test_the_folders_of_the_classes_alone_are_refused(tmp_path: Path) -> None:
    image(tmp_path / "train/angry/Training_2.jpg", 20)
    with pytest.raises(BadInput, match="point to the folder above"):
        found_in(tmp_path / "train")


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "size": (lambda path: image(path, 20, size=224), "224 × 224 pixels instead of 48 × 48"),
    "colour": (lambda path: image(path, 200, mode="RGB"), "in colour"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-99]), "damaged"),
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
}


@pytest.mark.parametrize(("spoil", "reason"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_image_is_a_bad_row(
    tmp_path: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    for number in range(20):
        image(tmp_path / f"a/train/sad/Training_{number}.png", number)
    spoilt = tmp_path / "a/train/sad/Training_5.png"
    noise = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    Image.fromarray(noise).save(spoilt)
    spoil(spoilt)
    with pytest.raises(BadInput, match=f"Training_5.png: .*{reason}"):
        found_in(tmp_path / "a")
    found = found_in(tmp_path / "a", "drop")
    assert len(rows_of(found.sources)) == 19
    assert "1 images are left out" in found.remarks[1]
