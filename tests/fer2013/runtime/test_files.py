"""A file is written completely or not at all, whatever fails."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, write_text


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def half_written(folder: bool, failure: Callable[[], None]) -> Callable[[Path], None]:
    def write(target: Path) -> None:
        with atomic_write(target) as part:
            if folder:
                part.mkdir()
                (part / "new").write_text("whole")
                (part / "other").write_text("hal")
            else:
                part.write_text("hal")
            failure()

    return write


def bug() -> None:
    raise KeyError("x")


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
    return path


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize(
    ("failure", "raised"), [(full, BadInput), (bug, KeyError), (interrupt, KeyboardInterrupt)]
)
def test_after_a_failure_only_the_old_file_is_left(
    target: Path, folder: bool, failure: Callable[[], None], raised: type[BaseException]
) -> None:
    target.parent.mkdir(exist_ok=True)
    before = names(target.parent)
    with pytest.raises(raised):
        half_written(folder, failure)(target)
    assert names(target.parent) == before


@pytest.mark.parametrize("what", ["mkdir", "replace", "rename"])
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
            os.mkdir(part)  # noqa: PTH102
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


@pytest.mark.parametrize("folder", [False, True])
def test_only_the_files_of_a_killed_process_are_removed(tmp_path: Path, folder: bool) -> None:
    target, others = tmp_path / "weights", tmp_path / ".weights.json.123.part"
    others.touch()
    left = tmp_path / ".weights.123.part"
    if folder:
        left.mkdir()
        (left / "cut off").touch()
    else:
        left.touch()
    with atomic_write(target) as part:
        part.write_text("whole")
    assert sorted(tmp_path.iterdir()) == [others, target]
    assert target.read_text() == "whole"
