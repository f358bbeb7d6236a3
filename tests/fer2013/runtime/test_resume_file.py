import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path))
    return tmp_path


def test_state_survives() -> None:
    resume = ResumeFile("run")
    assert resume.load() is None
    resume.save({"history": [{"epoch": 1}], "network": {"w": torch.ones(3)}})
    state = resume.load()
    assert state is not None
    assert state["history"] == [{"epoch": 1}]
    assert torch.equal(state["network"]["w"], torch.ones(3))
    resume.delete()
    assert resume.load() is None


def test_on_a_full_disk_the_last_epoch_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resume = ResumeFile("run")
    resume.save({"history": [{"epoch": 1}]})

    def full(path: Path, _: bytes) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(BadInput, match=f"^{resume.path} cannot be written: no space left"):
            resume.save({"history": [{"epoch": 1}, {"epoch": 2}]})
    assert resume.load() == {"history": [{"epoch": 1}]}
    assert [path.name for path in folder.iterdir()] == ["run.pt"]


def other_trainer(name: str, then: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import os, signal\nfrom fer2013.runtime.resume_file import ResumeFile\n"
        f"with ResumeFile({name!r}).locked(): {then}"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_one_trainer_a_run() -> None:
    with ResumeFile("run").locked():
        assert "another process is training" in other_trainer("run", "pass").stderr
        assert other_trainer("other", "pass").returncode == 0
    assert other_trainer("run", "pass").returncode == 0


def test_a_killed_trainer_leaves_no_lock() -> None:
    killed = other_trainer("run", "os.kill(os.getpid(), signal.SIGKILL)")
    assert killed.returncode == -9
    with ResumeFile("run").locked():
        pass
