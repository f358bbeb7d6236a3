"""Does a run that was killed by `kill -9` and repeated give the same bytes as an undisturbed one?

    python -m tests.stress.kill_matrix 60 --seed 0

runs a small pipeline undisturbed. Then it runs it again and again with kills in every stage, until
there have been so many: of the stage's process, of dvc alone, of the whole process group, at random
instants (of processor time) between a stage's beginning and the next one's. `dvc repro` follows at
once. Trainings are killed three times. When the pipeline has got to its end, every file is compared
with the undisturbed run's. Then come half as many kills in the middle of DVC's own writes (see
dying_dvc.py). It ends with two tables, and exit code 1 if any file differed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from tests.pipeline.workspace import Workspace
from tests.stress.dvc_runs import Running, start, wait_for
from tests.stress.killing import (
    OWN_WRITES,
    Attack,
    InOwnWrites,
    Kill,
    Kill9,
    differences,
    files,
    killed,
)

VICTIMS = ("stage", "dvc", "group")
EPOCHS = 5
COLUMNS = (
    "killed",
    "in",
    "kills",
    "computed again",
    "resumed",
    "epochs repeated, at most",
    "last orphan ended after, s",
    "needed `make recover`",
)


@dataclass
class Undisturbed:
    own: dict[str, float]  # processor seconds of each stage's process
    whole: dict[str, float]  # and with dvc's until the next stage begins
    files: dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    kills: list[Kill] = []
    differing: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        expected = undisturbed(small_workspace(Path(folder) / "undisturbed"))
        turn = 0
        while len(kills) < options.kills:
            attack = Kill9(random_plan(expected, rng, turn))
            of_turn, other = compared(Path(folder) / f"turn {turn}", attack, expected, turn % 2)
            kills += of_turn
            differing += other
            turn += 1
        own_writes = [
            (victim, rng.randrange(4) if victim == "rwlock" else 0, rng.random())
            for victim in islice(cycle(OWN_WRITES), options.kills // 2)
        ]
        in_own_writes, other = compared(Path(folder) / "own", InOwnWrites(own_writes), expected)
        differing += other
    print_table(kills)
    print_table(in_own_writes)
    sys.exit(bool(differing))


def small_workspace(folder: Path, workers: int = 0) -> Workspace:
    workspace = Workspace.clone(folder / "fer2013")
    workspace.set(f"train.epochs={EPOCHS}", f"models.vit.train.epochs={EPOCHS}")
    workspace.environment["DVC_SITE_CACHE_DIR"] = str(folder / "site")
    workspace.environment["FER2013_WORKERS"] = str(workers)
    workspace.commit("Take more epochs")
    return workspace


def undisturbed(workspace: Workspace, *targets: str) -> Undisturbed:
    running = start(workspace, "dvc", "repro", *targets)
    began: dict[str, float] = {}
    own: dict[str, float] = {}
    whole: dict[str, float] = {}
    while not running.ended():
        for stage in running.stages()[-1:]:
            began.setdefault(stage, running.worked())
            whole[stage] = running.worked() - began[stage]
            if running.stage_process():
                own[stage] = whole[stage]
        time.sleep(0.005)
    assert running.wait() == 0, running.output()
    for stage, seconds in whole.items():
        print(f"{stage}: {seconds:.1f} s of a processor", flush=True)
    return Undisturbed(own, whole, files(workspace))


def random_plan(
    expected: Undisturbed, rng: random.Random, turn: int
) -> dict[str, list[tuple[str, Callable[[Running], None]]]]:
    plan = {}
    for index, stage in enumerate(expected.whole):
        one = VICTIMS[(index + turn) % 3]
        victims = rng.sample(VICTIMS, 3) if stage.startswith("train") else [one]
        spans = [(expected.own if one == "stage" else expected.whole)[stage] for one in victims]
        waits = [after(rng.uniform(0, span)) for span in spans]
        plan[stage] = list(zip(victims, waits, strict=True))
    return plan


def after(seconds: float) -> Callable[[Running], None]:
    """Wait for so much processor time."""

    def wait(running: Running) -> None:
        began = running.worked()
        wait_for(running, lambda: running.worked() - began >= seconds)

    return wait


def compared(
    folder: Path, attack: Attack, expected: Undisturbed, workers: int = 0
) -> tuple[list[Kill], list[str]]:
    """Run the pipeline under attack. → the kills, and the files that differ in the end"""
    workspace = small_workspace(folder, workers)
    kills = killed(workspace, attack)
    for kill in kills:
        kill.orphans.join()
        print(kill)
    differing = differences(workspace, expected.files)
    compared_files = len(expected.files)
    print(f"{len(kills)} kills, {compared_files} files: {differing or 'none differs'}", flush=True)
    return kills, differing


def print_table(kills: list[Kill]) -> None:
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for victim, kind in sorted({(one.victim, one.stage.partition("_")[0]) for one in kills}):
        row = [one for one in kills if (one.victim, one.stage.partition("_")[0]) == (victim, kind)]
        cells = (
            victim,
            kind,
            len(row),
            sum(one.again for one in row),
            sum(one.resumed for one in row),
            max(one.repeated for one in row),
            f"{max(one.orphans.seconds for one in row):.1f}",
            sum(one.recovered for one in row),
        )
        print(f"| {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
