"""A few of the kills of tests/stress/kill_matrix.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.workspace import Workspace
from tests.stress.dvc_runs import Running, wait_for
from tests.stress.killing import InOwnWrites, Kill9, differences, files, killed

STAGE = "train_vit"


def once_it_says(words: str) -> Callable[[Running], None]:
    return lambda running: wait_for(running, lambda: words in running.output())


VICTIMS = [
    ("stage", once_it_says("epoch 1/3")),
    ("dvc", once_it_says("epoch 2/3")),
    ("group", once_it_says("resumed after epoch 2")),
]


@pytest.mark.long
def test_killed_again_and_again_a_training_ends_as_if_it_had_not_been(
    built: Workspace, tmp_path: Path
) -> None:
    whole, workspace = built.copy(tmp_path / "whole"), built.copy(tmp_path / "killed")
    for one in (whole, workspace):
        one.set("models.vit.train.epochs=3")
        one.environment["FER2013_WORKERS"] = "1"
    whole.run("dvc", "repro", STAGE)

    kills_9 = Kill9({STAGE: VICTIMS.copy()}, (STAGE,))
    in_own_writes = InOwnWrites([("cache", 1, 0.5), ("dvc.lock", 0, 0.0)], (STAGE,))

    def attack(workspace: Workspace) -> tuple[Running, str | None]:
        return kills_9(workspace) if kills_9.plan[STAGE] else in_own_writes(workspace)

    kills = killed(workspace, attack)
    assert [kill.victim for kill in kills] == ["stage", "dvc", "group", "cache", "dvc.lock"]
    assert {kill.stage for kill in kills} == {STAGE}
    assert differences(workspace, files(whole)) == []
    assert max(kill.repeated for kill in kills) == 1
    assert [kill.resumed for kill in kills] == [True, True, True, True, False]
    assert [kill.again for kill in kills] == [True, True, True, True, False]
    assert [kill.recovered for kill in kills] == [False, False, False, False, True]
    for kill in kills:
        kill.orphans.join()
        assert kill.orphans.seconds < 2

    assert len(workspace.resume_files()) == 1
    workspace.run("dvc", "repro", "evaluate_vit")
    assert workspace.resume_files() == []
