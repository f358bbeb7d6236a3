"""What do stages print and leave behind if the disk is full or read-only?

    python -m tests.stress.full_disk 20  # [a built workspace [stages]]

runs each stage on the built-in sample, on a small disk of its own, in up to that many cases of each
kind of trouble, and prints a line for each stage. In each case it looks at every result file, then
runs the stage again without the trouble and compares the bytes. Exit code 1 if in any case there
was a traceback or no sentence, a file that is not whole, or other bytes afterwards.

A disk of one's own takes root or a user namespace; without either, the kinds that need it are left
out.
"""

import os
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from tests.forked_stages import STAGES, Ended, Stage, clear, run
from tests.pipeline.workspace import Workspace
from tests.small_disk import Files, SmallDisk, private_mounts

PAGE = 4096
INSIDE = "FER2013_FULL_DISK_INSIDE"  # set where mounting is allowed and ends with the process
COLUMNS = ("cases", "sentences", "tracebacks", "partial files", "healed")
Counts = dict[tuple[str, str], Counter[str]]  # of a stage and a kind of trouble


def main() -> None:
    if INSIDE not in os.environ:
        _start_inside()
    cases = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(sys.argv[2]) if len(sys.argv) > 2 else build(Path(folder) / "built")
        stages = [stage for stage in STAGES if stage.words in sys.argv[3:]] or STAGES
        (Path(folder) / "disk").mkdir()
        size = 2**28 if os.environ[INSIDE] == "mounts" else None
        with closing(SmallDisk(Path(folder) / "disk", workspace, size)) as disk:
            counts = Bench(disk, cases).run(stages)
    print_table(counts)
    sys.exit(any(map(bad, counts.values())))


def _start_inside() -> None:
    prefix = private_mounts()
    if prefix is None:
        print("no right to mount here: left out are a full disk, no inode left, a read-only disk")
    os.environ[INSIDE] = "no mounts" if prefix is None else "mounts"
    command = [*(prefix or []), sys.executable, "-m", "tests.stress.full_disk", *sys.argv[1:]]
    os.execvp(command[0], command)


def build(folder: Path) -> Path:
    """Two models, the small sample, two epochs each."""
    workspace = Workspace.clone(folder)
    workspace.set("train.epochs=2", "models.vit.train.epochs=2")
    workspace.run("dvc", "repro")
    return folder


class Bench:
    def __init__(self, disk: SmallDisk, cases: int) -> None:
        self.disk, self.cases = disk, cases
        self.counts: Counts = {}
        self.whole: Files = {}

    def run(self, stages: list[Stage]) -> Counts:
        self.seconds = {stage: self.undisturbed(stage).seconds for stage in stages}
        self.whole = self.disk.files()
        for stage in stages:
            print(f"{stage.words} …", file=sys.stderr)
            self.limited(stage)
            if self.disk.mounted:
                self.full(stage)
                self.out_of_inodes(stage)
                self.case(stage, "read-only disk", self.disk.read_only())
        return self.counts

    def undisturbed(self, stage: Stage) -> Ended:
        clear(stage, self.disk)
        ended = run(stage, self.disk)
        assert ended.code == 0, ended.output
        return ended

    def case(
        self,
        stage: Stage,
        kind: str,
        trouble: AbstractContextManager[None],
        at_start: Callable[[], object] = lambda: None,
    ) -> bool:
        """Run a stage in trouble, look at what it leaves, and run it again. → Did it finish?"""
        clear(stage, self.disk)
        with trouble:
            ended = run(stage, self.disk, at_start)
        left = self.disk.files()
        if ended.code == 0:
            assert left == self.whole, f"{stage.words} finished and its files differ"
            return True
        self.undisturbed(stage)
        count = Counter(cases=1)
        count["sentences"] += ended.in_a_sentence(*stage.outputs, "resume")
        count["tracebacks"] += ended.traceback
        partial = {name for name in left if left[name] not in (self.whole.get(name), "whole")}
        lost = {name for name in self.whole.keys() - left.keys() if not stage.writes(name)}
        count["partial files"] += len(partial | lost)
        count["healed"] += self.disk.files() == self.whole
        self.counts.setdefault((stage.words, kind), Counter()).update(count)
        if bad(count):
            print(stage.words, kind, ended, sorted(partial | lost), file=sys.stderr)
        return False

    def limited(self, stage: Stage) -> None:
        """No file may grow beyond so many bytes: what `ulimit -f` does. It takes no mount."""
        for limit in spread(max(self.disk.sizes(stage.outputs)), self.cases):

            def at_start(limit: int = limit) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

            self.case(stage, "file too large", nullcontext(), at_start)

    def full(self, stage: Stage) -> None:
        """Leave from no page to half more than the outputs take, as some stages need more."""
        pages = sum(-(-size // PAGE) for size in self.disk.sizes(stage.outputs))
        for free in spread(1 + 3 * pages // 2, self.cases):
            self.case(stage, "full disk", self.disk.full_but(free * PAGE))

    def out_of_inodes(self, stage: Stage) -> None:
        for free in range(self.cases):
            if self.case(stage, "no inode left", self.disk.inodes_but(free)):
                break


def spread(end: int, count: int) -> Iterator[int]:
    """At most `count` different integers from 0 to end - 1, evenly; a single one in the middle."""
    if count == 1:
        return iter([(end - 1) // 2])
    return iter(sorted({round(index * (end - 1) / (count - 1)) for index in range(count)}))


def bad(count: Counter[str]) -> bool:
    wanted = {"sentences": count["cases"], "healed": count["cases"]}
    return any(count[name] != wanted.get(name, 0) for name in COLUMNS[1:])


def print_table(counts: Counts) -> None:
    """A line for each stage, then one for each kind of trouble, and the sums."""
    print("".ljust(16), *(column.rjust(14) for column in COLUMNS))
    for index in (0, 1):
        for name in dict.fromkeys(key[index] for key in counts):
            _print_row(name, sum((counts[key] for key in counts if key[index] == name), Counter()))
        print()
    _print_row("all", sum(counts.values(), Counter()))


def _print_row(name: str, count: Counter[str]) -> None:
    print(name.ljust(16), *(f"{count[column]:14,}" for column in COLUMNS))


if __name__ == "__main__":
    main()
