"""Kill `dvc repro` again and again until it completes, and describe the effects of each kill."""

import hashlib
import re
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.pipeline.workspace import Workspace
from tests.stress.dvc_runs import Orphans, Running, kill, start, wait_for

NOT_COMPARED = {".git", ".dvc", "__pycache__"}
OWN_WRITES = {  # what DVC writes when a stage has run, in this order; patterns of paths
    "run cache": "/cache/runs/",
    "cache": "/cache/files/",
    "dvc.lock": "dvc[.]lock$",
    "checkout": "fer2013/(data|models|metrics)/",  # from the cache, after dvc.lock was cut off
    "rwlock": "/tmp/rwlock$",
}

Attack = Callable[[Workspace], tuple[Running, str | None]]  # → a run, and what was killed of it


@dataclass
class Kill:
    victim: str
    stage: str  # that dvc ran then
    orphans: Orphans
    repeated: int = 0  # epochs, counting the one that was interrupted
    again: bool = False  # the next dvc repro computed the stage again
    resumed: bool = False  # from a resume file
    recovered: bool = False  # by make recover


@dataclass
class Kill9:
    """Kills with kill -9. They are planned for each stage, and taken out of the plan when done.

    A plan holds victims (stage | dvc | group), and what waits for the instant to kill them.
    """

    plan: dict[str, list[tuple[str, Callable[[Running], None]]]]
    targets: tuple[str, ...] = ()

    def __call__(self, workspace: Workspace) -> tuple[Running, str | None]:
        running = start(workspace, "dvc", "repro", *self.targets)
        for stage in stages_as_they_begin(running):
            if self.plan.get(stage):
                victim, wait = self.plan[stage].pop(0)
                wait_for(running, lambda: running.stage_process() is not None)
                wait(running)
                if kill(running, victim):
                    return running, victim
        return running, None


def stages_as_they_begin(running: Running) -> Iterator[str]:
    def another_than(seen: list[str]) -> Callable[[], bool]:
        return lambda: running.stages() != seen

    stages: list[str] = []
    while True:
        wait_for(running, another_than(stages))
        if running.ended():
            return
        stages = running.stages()
        yield stages[-1]


@dataclass
class InOwnWrites:
    """Kills in the middle of DVC's own writes: see dying_dvc.py.

    A plan holds what is written, how many such writes pass before, and how much of it is written.
    """

    plan: list[tuple[str, int, float]]
    targets: tuple[str, ...] = ()

    def __call__(self, workspace: Workspace) -> tuple[Running, str | None]:
        if not self.plan:
            return start(workspace, "dvc", "repro", *self.targets), None
        victim, passes, part = self.plan[0]
        lock = workspace.folder / "dvc.lock"
        length = lock.stat().st_size if victim == "dvc.lock" and lock.exists() else 200
        where = (OWN_WRITES[victim], str(passes), str(int(part * length)))
        dying_dvc = ("python", "-m", "tests.stress.dying_dvc", *where)
        running = start(workspace, *dying_dvc, "repro", *self.targets)
        if running.wait() != -signal.SIGKILL:
            return running, None
        self.plan.pop(0)
        return running, victim


def killed(workspace: Workspace, attack: Attack) -> list[Kill]:
    """Attack runs of dvc until one gets to its end."""
    kills: list[Kill] = []
    printed: dict[str, set[int]] = defaultdict(set)  # by stage: the epochs that it has printed
    while True:
        running, victim = attack(workspace)
        code = running.wait()
        if kills:
            note(kills[-1], running, printed)
        for stage in running.stages():
            printed[stage] |= epochs(running, stage)
        if victim:
            stage = (running.stages() or ["none"])[-1]
            kills.append(Kill(victim, stage, Orphans(running.mark)))
            kills[-1].repeated = int(stage.startswith("train") and was_interrupted(running))
        elif code == 0:
            return kills
        else:
            recover(workspace, kills, running)


def note(last: Kill, running: Running, printed: dict[str, set[int]]) -> None:
    """What the run after a kill says of it."""
    last.again |= last.stage in running.stages()
    last.resumed |= "resumed after epoch" in output_of(running, last.stage)
    last.repeated += len(printed[last.stage] & epochs(running, last.stage))


def output_of(running: Running, stage: str) -> str:
    return running.output().partition(f"Running stage '{stage}'")[2].partition("Running stage")[0]


def epochs(running: Running, stage: str) -> set[int]:
    """The epochs that a training has printed."""
    found = re.findall(r"^epoch (\d+)/", output_of(running, stage), re.MULTILINE)
    return {int(number) for number in found}


def was_interrupted(running: Running) -> bool:
    """Was an epoch lost? It was if the training has not printed its last epoch."""
    printed = re.findall(
        r"^epoch (\d+)/(\d+)", output_of(running, running.stages()[-1]), re.MULTILINE
    )
    return not printed or printed[-1][0] != printed[-1][1]


def recover(workspace: Workspace, kills: list[Kill], running: Running) -> None:
    """What to do where dvc repro fails after a kill; it may be needed once only."""
    last_words = running.output().strip().splitlines()[-1]
    if not kills or kills[-1].recovered:
        raise RuntimeError(f"dvc repro fails: {running.output()}")
    print(f"{last_words}\n→ {workspace.run('python', '-m', 'tools.recover')}", end="", flush=True)
    kills[-1].recovered = True


def differences(workspace: Workspace, expected: dict[str, str]) -> list[str]:
    """The files that are other than expected, and those of DVC's cache that are damaged."""
    now = files(workspace)
    names = now.keys() | expected.keys()
    differing = sorted(name for name in names if now.get(name) != expected.get(name))
    return differing + damaged_cache_files(workspace)


def files(workspace: Workspace) -> dict[str, str]:
    """A hash of every file of a workspace, but for git's and DVC's own and what both ignore."""
    names = (path.relative_to(workspace.folder) for path in workspace.folder.rglob("*"))
    return {
        str(name): hashlib.md5((workspace.folder / name).read_bytes()).hexdigest()
        for name in names
        if not (NOT_COMPARED & set(name.parts) or name.suffix == ".tmp")
        and (workspace.folder / name).is_file()
    }


def damaged_cache_files(workspace: Workspace) -> list[str]:
    """The files of DVC's cache that are not what their names are the hash of."""
    return [
        str(path.relative_to(workspace.folder))
        for path in (workspace.folder / ".dvc/cache/files/md5").glob("[0-9a-f][0-9a-f]/*")
        if path.suffix != ".tmp"  # half a copy, which DVC does not look at
        and path.parent.name + path.stem != hashlib.md5(path.read_bytes()).hexdigest()
    ]
