"""DVCLive's folder grows during training; it is removed if the training fails."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from dvclive.live import Live

from fer2013.runtime.errors import BadInput
from fer2013.runtime.tracking import epoch_log

ROW = {"epoch": 1, "lr": 0.1, "train_loss": 2.0, "val_accuracy": 0.5}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("FER2013_EPOCHS", str(tmp_path / "rows"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "metrics/live/vit"


def test_the_files_of_a_complete_training_are_kept(folder: Path) -> None:
    with epoch_log(folder, "vit", "id", {}) as on_epoch:
        on_epoch(ROW)
        on_epoch(ROW | {"epoch": 2})
    assert (folder / "plots/metrics/val/accuracy.tsv").read_text().count("\n") == 3
    rows = Path("rows").read_text().splitlines()
    assert [json.loads(row)["epoch"] for row in rows] == [1, 2]


def test_the_files_of_a_failed_training_are_removed(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), epoch_log(folder, "vit", "id", {}) as on_epoch:
        on_epoch(ROW)
        assert folder.exists()
        raise KeyboardInterrupt
    assert not folder.exists()


@pytest.mark.parametrize("when", ["log_metric", "end", "__init__"])
def test_a_full_disk_names_the_folder_and_leaves_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Live, when, full)
    with (
        pytest.raises(BadInput, match=f"{folder} cannot be written: no space left"),
        epoch_log(folder, "vit", "id", {}) as on_epoch,
    ):
        on_epoch(ROW)
    assert not folder.exists()
