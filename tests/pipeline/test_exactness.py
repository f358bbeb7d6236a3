"""The same bytes again: in another folder, after a kill, from a temporary experiment."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace

WEIGHTS = "models/resnet/weights.safetensors"


def test_every_stage_gives_the_same_bytes_in_another_folder(
    built: Workspace, tmp_path: Path
) -> None:
    """dvc.lock holds a hash of every output of every stage."""
    again = Workspace.clone(tmp_path / "a folder of another name")
    again.run("dvc", "repro")
    assert again.bytes_of("dvc.lock") == built.bytes_of("dvc.lock")
    assert again.bytes_of("metrics/confusion/resnet.png") == built.bytes_of(
        "metrics/confusion/resnet.png"
    )


def test_killed_in_mid_training_then_reproduced(built: Workspace, tmp_path: Path) -> None:
    undisturbed, killed = built.copy(tmp_path / "undisturbed"), built.copy(tmp_path / "killed")
    for workspace in (undisturbed, killed):
        workspace.set("train.epochs=4")
    undisturbed.run("dvc", "repro", "train_resnet")

    kill_after_an_epoch(killed, "dvc", "repro", "train_resnet")
    assert not (killed.folder / WEIGHTS).exists()
    said = killed.run("dvc", "repro", "train_resnet")
    assert "resumed after epoch" in said
    assert said.count("epoch 1/4") == 0
    for path in ("dvc.lock", WEIGHTS, "metrics/epochs/resnet.tsv"):
        assert killed.bytes_of(path) == undisturbed.bytes_of(path), path
    assert resume_files(killed) == []


def kill_after_an_epoch(workspace: Workspace, *command: str) -> None:
    """kill -9 the whole process group once the first epoch is saved."""
    process = subprocess.Popen(
        command,
        cwd=workspace.folder,
        env=workspace.environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not resume_files(workspace):
        assert time.monotonic() < deadline, "no epoch was saved"
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def resume_files(workspace: Workspace) -> list[Path]:
    return list(Path(workspace.environment["FER2013_RESUME_DIR"]).glob("*.pt"))


@pytest.mark.parametrize("damage", ["", "schema: '2.0'\nstages:\n  train_resn"])
def test_recover_mends_a_lock_that_dvc_was_killed_over(
    built: Workspace, tmp_path: Path, damage: str
) -> None:
    workspace = built.copy(tmp_path / "damaged")
    whole = workspace.bytes_of("dvc.lock")
    (workspace.folder / "dvc.lock").write_text(damage)
    (workspace.folder / ".dvc/tmp/rwlock").write_text('{"')
    workspace.run("dvc", "repro", fails=True)
    assert "restored from git" in workspace.run("python", "-m", "tools.recover")
    assert workspace.bytes_of("dvc.lock") == whole
    assert workspace.ran("dvc", "repro") == set()
    assert "Nothing to mend" in workspace.run("python", "-m", "tools.recover")
