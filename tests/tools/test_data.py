"""If FER2013 cannot be put under DVC, no file says that it is, or that it may be pushed."""

import subprocess
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from tools import data


@pytest.mark.parametrize("what", ["run", "never_push"])
def test_a_failure_leaves_no_dvc_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tracked = tmp_path / "raw.dvc"
    tracked.write_text("outs: []")  # as dvc add writes it, without push: false

    def fail(*_: object, **__: object) -> None:
        raise BadInput("the disk is full")

    monkeypatch.setattr(subprocess, "run", fail if what == "run" else lambda *_, **__: None)
    if what == "never_push":
        monkeypatch.setattr(data, "never_push", fail)
    with pytest.raises(BadInput):
        data.track(tmp_path / "raw", tracked)
    assert not tracked.exists()


def test_what_is_tracked_is_never_pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracked = tmp_path / "raw.dvc"
    tracked.write_text("outs:\n- path: raw\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    data.track(tmp_path / "raw", tracked)
    assert tracked.read_text() == "outs:\n- path: raw\n  push: false\n"
