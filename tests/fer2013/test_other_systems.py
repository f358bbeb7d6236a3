"""Systems that lack functions of Linux, such as macOS, and values of a user's environment."""

import errno
import multiprocessing.synchronize
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from fer2013.base.parts import Part
from fer2013.base.sections import read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.training import loading
from fer2013.training.config import resolve
from fer2013.training.sampling import epoch_batches
from tests.conftest import REPOSITORY

CONFIG = resolve(read_yaml(REPOSITORY / "params.yaml"), "resnet")


def test_processors_are_counted_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delenv("FER2013_WORKERS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert loading.worker_count(threads=2) == 4


@pytest.mark.parametrize("wanted", ["abc", "-1", "2.5", "1e3", "257", "²", " "])
def test_an_invalid_number_of_workers_is_refused(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("FER2013_WORKERS", wanted)
    with pytest.raises(BadInput, match=r"FER2013_WORKERS is .* whole number from 0 to 256"):
        loading.worker_count(threads=1)


def loaded(monkeypatch: pytest.MonkeyPatch, method: str | None) -> Tensor:
    """Some augmented faces, from workers that are started in that way (None: no workers)."""
    monkeypatch.setenv("FER2013_WORKERS", "0" if method is None else "1")

    def started(faces: Any, **named: Any) -> Any:
        return DataLoader(faces, **named, multiprocessing_context=method)

    monkeypatch.setattr(loading, "DataLoader", started)
    generator = torch.Generator().manual_seed(0)
    faces = torch.randint(0, 256, (24, 1, 48, 48), generator=generator).to(torch.uint8)
    no = torch.zeros(24, dtype=torch.bool)
    part = Part(faces, torch.arange(24) % 7, torch.arange(24), no, no, no)
    batches = epoch_batches(CONFIG.sampler, part.labels, 8, CONFIG.seed, epoch=0)
    return torch.cat(list(loading.load(part, batches, CONFIG, torch.device("cpu"))))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_the_same_bytes_however_they_are_started(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    assert torch.equal(loaded(monkeypatch, method), loaded(monkeypatch, None))


def test_a_full_dev_shm_is_an_error_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers' semaphores are in it. tests/small_disk.py gives stages a real, small one."""

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", fails)
    with pytest.raises(BadInput) as refusal:
        loaded(monkeypatch, "fork")
    assert str(refusal.value) == (
        "/dev/shm cannot be written: the disk is full (or out of inodes); free some space and run "
        "this again."
    )


def test_a_stage_outside_the_venv_is_refused() -> None:
    """-S: a Python that finds no packages."""
    command = [sys.executable, "-S", "-m", "stages.configure"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {sys.executable} has none of the packages")
    assert "source .venv/bin/activate" in done.stderr


@pytest.mark.parametrize("package", ["stages", "tools"])
def test_on_windows_the_error_names_wsl(package: str) -> None:
    command = f"import sys; sys.platform = 'win32'; import {package}"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: on Windows this runs in WSL only")
    assert done.stderr.count("\n") == 1


def test_without_prctl_a_stage_ends_with_dvc(tmp_path: Path) -> None:
    """Its parent, a shell here, ends and leaves it alone."""
    stage = (
        "import os, sys, time; sys.platform = 'other'; import stages; "
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    environment = os.environ | {"DVC_STAGE": "train_x"}
    until_it_runs = f"while [ ! -s '{tmp_path / 'pid'}' ]; do sleep 0.1; done"
    command = ["sh", "-c", f'{sys.executable} -c "$0" & {until_it_runs}', stage]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=50)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        subprocess.run(["sleep", "0.1"], check=True)
    pytest.fail("the stage outlives its parent")
