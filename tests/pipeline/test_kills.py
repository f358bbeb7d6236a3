"""A training that is killed with kill -9, again and again, and repeated."""

from pathlib import Path

import pytest

from tests.pipeline.dvc_runs import kill, start, wait_for_output
from tests.pipeline.outputs import differences
from tests.pipeline.workspace import Workspace

VICTIMS = {"stage": "epoch 1/3", "dvc": "epoch 2/3", "group": "resumed after epoch 2"}


@pytest.mark.long
def test_killed_again_and_again_a_training_ends_as_if_it_had_not_been(
    built: Workspace, tmp_path: Path
) -> None:
    whole, workspace = built.copy(tmp_path / "whole"), built.copy(tmp_path / "killed")
    for one in (whole, workspace):
        one.set("models.vit.train.epochs=3")
        one.environment["FER2013_WORKERS"] = "1"
    whole.run("dvc", "repro", "train_vit")

    trained: list[int] = []
    for victim, words in VICTIMS.items():
        running = start(workspace, "dvc", "repro", "train_vit")
        wait_for_output(running, words)
        kill(running, victim)
        assert ("resumed after epoch" in running.output()) == bool(trained)
        trained += running.epochs()
    running = start(workspace, "dvc", "repro", "train_vit")
    assert running.wait() == 0, running.output()
    assert sorted({*trained, *running.epochs()}) == [1, 2, 3]
    assert len(trained + running.epochs()) <= 3 + len(VICTIMS)  # each costs an epoch at most
    assert differences(whole.folder, workspace.folder) == []

    lock = workspace.folder / "dvc.lock"  # what is left if dvc is killed while it writes this
    lock.write_bytes(lock.read_bytes()[:5000])
    workspace.run("python", "-m", "tools.recover")
    workspace.run("dvc", "repro", "train_vit")
    assert differences(whole.folder, workspace.folder) == []

    assert len(workspace.resume_files()) == 1
    workspace.run("dvc", "repro", "evaluate_vit")
    assert workspace.resume_files() == []
