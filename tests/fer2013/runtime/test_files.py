"""A file is written completely or not at all, whatever fails."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, own_folder, refuse_others, write_text


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture(params=["file", "folder", "nothing"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where something is to be written; something older may be there."""
    path = tmp_path / "deep/out"
    if request.param == "file":
        write_text(path, "old")
    elif request.param == "folder":
        (path / "old").mkdir(parents=True)
    path.parent.mkdir(exist_ok=True)
    return path


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize(("failure", "raised"), [(full, BadInput), (interrupt, KeyboardInterrupt)])
def test_after_a_failure_only_the_old_file_is_left(
    target: Path, folder: bool, failure: Callable[[], None], raised: type[BaseException]
) -> None:
    before = names(target.parent)
    with pytest.raises(raised), atomic_write(target) as part:
        if folder:
            part.mkdir()
        (part / "new" if folder else part).write_text("hal")
        failure()
    assert names(target.parent) == before


@pytest.mark.parametrize("what", ["replace", "rename"])
def test_a_disk_that_is_full_at_the_end_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Even a renaming can need room: for a longer folder."""
    (tmp_path / "out/old").mkdir(parents=True)
    before = names(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, what, full)
        with (
            pytest.raises(BadInput, match="out cannot be written"),
            atomic_write(tmp_path / "out") as part,
        ):
            part.mkdir()
    assert names(tmp_path) == before


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "out/old").mkdir(parents=True)
    with atomic_write(tmp_path / "out") as part:
        (part / "new").mkdir(parents=True)
        assert names(tmp_path / "out") == ["old"]
    assert names(tmp_path) == ["out", "out/new"]


def test_a_link_to_a_folder_is_replaced_but_not_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere/kept").mkdir(parents=True)
    (tmp_path / "out").symlink_to("elsewhere")
    with atomic_write(tmp_path / "out") as part:
        part.mkdir()
    assert not (tmp_path / "out").is_symlink()
    assert names(tmp_path) == ["elsewhere", "elsewhere/kept", "out"]


def test_only_the_files_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    target, others = tmp_path / "weights", tmp_path / ".weights.json.123.part"
    others.touch()
    (tmp_path / ".weights.123.part").mkdir()
    (tmp_path / ".weights.123.part/cut off").touch()
    (tmp_path / ".weights.456.part").touch()
    write_text(target, "whole")
    assert sorted(tmp_path.iterdir()) == [others, target]
    assert target.read_text() == "whole"


def write_own(target: Path, text: str) -> None:
    with own_folder(target) as folder:
        (folder / "deep").mkdir(parents=True)
        (folder / "deep/page").write_text(text)


def test_a_folder_of_ours_is_replaced_again_and_again(tmp_path: Path) -> None:
    for text in ("first", "second"):
        write_own(tmp_path / "out", text)
        write_own(tmp_path / "out/faces", text)  # with a record of its own
    write_own(tmp_path / "out", "third")
    assert (tmp_path / "out/deep/page").read_text() == "third"
    assert not (tmp_path / "out/faces").exists()


@pytest.mark.parametrize("name", ["notes", "deep/notes", "deep/page", "link"])
def test_what_a_user_has_in_it_is_named_and_stays(tmp_path: Path, name: str) -> None:
    write_own(tmp_path / "out", "first")
    if name == "link":
        (tmp_path / "out/link").symlink_to("deep/page")
    else:
        (tmp_path / "out" / name).write_text("mine")
    before = names(tmp_path)
    with pytest.raises(BadInput, match=f"out/{name} would be lost"):
        write_own(tmp_path / "out", "second")
    assert names(tmp_path) == before
    assert (tmp_path / "out" / name).read_text() in ("mine", "first")


@pytest.mark.parametrize("kind", ["file", "link to nothing", "link to ours"])
def test_only_a_folder_is_replaced_by_a_folder(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    if kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to("ours")
    if kind == "link to ours":
        write_own(tmp_path / "ours", "first")
    with pytest.raises(BadInput, match="out would be lost"):
        write_own(target, "second")
    assert target.is_symlink() == (kind != "file")


def test_only_a_file_with_our_mark_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    refuse_others(target, "MARK")
    target.write_text("MARK: written")
    refuse_others(target, "MARK")
    (tmp_path / "link").symlink_to("out")
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine").write_text("written")
    for name in ("link", "folder", "mine"):
        with pytest.raises(BadInput, match=f"{name} would be lost"):
            refuse_others(tmp_path / name, "MARK")
