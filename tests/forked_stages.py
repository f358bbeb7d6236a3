"""Run stages and tools in forked processes. This saves imports: hundreds of cases take minutes."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from threading import Timer
from typing import NoReturn

from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import remove
from tests.conftest import REPOSITORY
from tests.small_disk import SmallDisk

TOO_LONG = 300  # seconds: then it hangs, and is killed


@dataclass(frozen=True)
class Stage:
    words: str  # its name, and its model's if it has one
    outputs: tuple[str, ...]  # as in dvc.yaml
    package: str = "stages"

    @property
    def name(self) -> str:
        return self.words.partition(" ")[0]

    @property
    def module(self) -> str:
        module = f"{self.package}.{self.name}"
        return f"{module}.__main__" if (REPOSITORY / self.package / self.name).is_dir() else module

    def writes(self, name: str) -> bool:
        return name.startswith(tuple(f"fer2013/{output}" for output in self.outputs))


STAGES = [
    Stage("sample", ("data/sample",)),
    Stage("ingest", ("data/faces", "metrics/data.json", "metrics/data.png")),
    Stage("split", ("data/split.csv",)),
    Stage("tensors", ("data/tensors",)),
    Stage(
        "configure",
        (
            *("data/recipes", "data/networks.yaml"),
            *("models/resnet/config.yaml", "models/vit/config.yaml"),
        ),
    ),
    Stage("overfit", ("metrics/overfit.json",)),
    Stage(
        "train vit",
        (
            "models/vit/weights.safetensors",
            "models/vit/run.json",
            "metrics/live/vit",
            "metrics/epochs/vit.tsv",
        ),
    ),
    Stage(
        "evaluate vit",
        (
            "data/probabilities/vit.safetensors",
            "metrics/scores/vit.json",
            "metrics/predictions/vit.csv",
            "metrics/confusion/vit.png",
            "data/submission/vit.csv",
        ),
    ),
    Stage("report vit", ("metrics/reports/vit.json",)),
    Stage(
        "compare",
        (
            *(f"metrics/leaderboard.{kind}" for kind in ("md", "csv", "png")),
            "metrics/curves.png",
        ),
    ),
    Stage("data data/sample", ("data/raw", "data/raw.dvc"), "tools"),
    Stage("pictures", ("docs/augment",), "tools"),
]

# All are imported at once: training's fingerprint covers what is imported.
MAINS = {stage: import_module(stage.module).main for stage in STAGES}


@dataclass
class Ended:
    code: int
    output: str
    seconds: float

    @property
    def traceback(self) -> bool:
        return "Traceback" in self.output or "Exception ignored" in self.output

    def in_a_sentence(self, *names: str) -> bool:
        """Did it end with exit code 1 and, last of all, a sentence with one of these names?"""
        last = (self.output.strip().splitlines() or [""])[-1]
        is_sentence = last.startswith("error: ") and any(name in last for name in names)
        return is_sentence and self.code == 1 and not self.traceback


def clear(stage: Stage, disk: SmallDisk) -> None:
    """Do what DVC does before it runs a stage."""
    for output in stage.outputs:
        remove(disk.workspace / output)
    remove(disk.folder / "site")


def run(
    stage: Stage,
    disk: SmallDisk,
    at_start: Callable[[], object] = lambda: None,
) -> Ended:
    """Run a stage on a disk."""
    output, write_end = os.pipe()
    started, start = os.pipe()
    pid = os.fork()
    if not pid:
        os.setsid()
        os.dup2(write_end, 1)
        os.dup2(write_end, 2)
        os.chdir(disk.workspace)
        os.environ["FER2013_RESUME_DIR"] = str(disk.folder / "resume")
        os.environ["DVC_SITE_CACHE_DIR"] = str(disk.folder / "site")
        sys.argv = stage.words.split()
        at_start()
        os.write(start, b".")
        _end_as_a_command(MAINS[stage])
    os.close(write_end)
    os.close(start)
    os.read(started, 1)
    begin = time.monotonic()
    timer = Timer(TOO_LONG, os.killpg, (pid, signal.SIGKILL))
    timer.start()
    with os.fdopen(output, errors="replace") as pipe:
        text = pipe.read()  # to the end of the last of its processes
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    timer.cancel()
    os.close(started)
    return Ended(code, text, time.monotonic() - begin)


def _end_as_a_command(main: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        exit_on_bad_input(main)
        code = 0
    except SystemExit as end:
        if isinstance(end.code, int):
            code = end.code
        else:
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)
