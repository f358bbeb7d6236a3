"""The time and memory of ingest, split and tensors for each additional row of data.

    python -m benchmarks.scale 29000 290000 870000

It repeats the built-in sample in CSV files with these numbers of rows, runs the three stages on
them and prints a Markdown table. Each repetition has its own noise, the same for all of its faces.
So the sample's duplicates, twins and blank faces stay such, and no repetition equals another.
870,000 rows temporarily take 11 GB in a folder (--folder), which is removed.

CPU time and memory are those of a stage's process, so they do not include DVC's hashing. Memory is
anonymous memory (RssAnon), sampled two hundred times a second. It does not include files that are
mapped into memory, which the kernel can drop.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import yaml

from fer2013.core.sections import PARAMS, read_yaml
from fer2013.data.sample import draw_data_set

REPOSITORY = Path(__file__).resolve().parent.parent
STAGES = ("ingest", "split", "tensors")
NOISE = 16  # grey levels that are subtracted at most
WORDS = [str(level) for level in range(256)]
EVERY = 0.005  # seconds
ALLOWED = 64  # bytes of memory for each additional row
HEAD = (
    "| stage | rows | wall s | CPU s | CPU µs for each row more | RssAnon MiB | bytes for each "
    "row more |\n|---|---|---|---|---|---|---|"
)


class Cost(NamedTuple):
    rows: int
    wall: float  # seconds
    cpu: float  # seconds, user and system
    memory: int  # bytes of RssAnon at the peak


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale")
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.folder) as folder:
        costs = [measure(rows, Path(folder) / str(rows)) for rows in sorted(set(options.rows))]
    print(table(costs))
    for stage in STAGES:
        for larger in costs[1:]:
            memory = more_memory(costs[0][stage], larger[stage])
            if memory > ALLOWED:
                sys.exit(
                    f"{stage} takes {memory:.1f} bytes for each row more; {ALLOWED} are allowed"
                )


def measure(rows: int, folder: Path) -> dict[str, Cost]:
    """Run the stages on a data set of that many rows in a folder, which is removed. → by stage"""
    write_data_set(folder / "data/raw", rows)
    params = read_yaml(REPOSITORY / PARAMS)
    params["data"]["folder"] = "data/raw"
    (folder / PARAMS).write_text(yaml.safe_dump(params))
    costs = {stage: run(stage, folder, rows) for stage in STAGES}
    shutil.rmtree(folder)
    return costs


@cache
def sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return draw_data_set(rows=2100, test_rows=300, seed=0)


def write_data_set(folder: Path, rows: int) -> None:
    """Write train.csv and, with one row in eight, test.csv."""
    folder.mkdir(parents=True)
    faces, labels, test = sample()
    test_rows = rows // 8
    write_tiles(folder / "train.csv", "emotion,pixels", faces, labels, rows - test_rows)
    write_tiles(folder / "test.csv", "pixels", test, None, test_rows)


def write_tiles(
    path: Path, header: str, faces: np.ndarray, labels: np.ndarray | None, rows: int
) -> None:
    with path.open("w", encoding="ascii") as file:
        file.write(f"{header}\n")
        for start in range(0, rows, len(faces)):
            noise = np.random.default_rng(start // len(faces)).integers(
                0, NOISE, faces.shape[1:], np.uint8, endpoint=True
            )
            for index, face in enumerate(faces[: rows - start]):
                label = "" if labels is None else f"{labels[index]},"
                levels = (face - np.minimum(face, noise)).tobytes()
                file.write(label + " ".join([WORDS[level] for level in levels]) + "\n")


def run(stage: str, folder: Path, rows: int) -> Cost:
    """Run a stage in a folder and watch its memory.

    Raises:
        RuntimeError: it failed.
    """
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"stages.{stage}"], cwd=folder, env=environment
    )
    peak, ended = 0, 0
    while not ended:
        peak = max(peak, anonymous_memory(process.pid))
        time.sleep(EVERY)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"stages.{stage} failed on {rows} rows")
    wall = time.perf_counter() - started
    return Cost(rows, wall, usage.ru_utime + usage.ru_stime, peak)


def anonymous_memory(process: int) -> int:
    """RssAnon in bytes, 0 once the process has ended."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def table(costs: list[dict[str, Cost]]) -> str:
    lines = [HEAD]
    for stage in STAGES:
        smallest, *larger = (of_stages[stage] for of_stages in costs)
        lines.append(line(stage, smallest, "", ""))
        for cost in larger:
            memory = f"{more_memory(smallest, cost):.0f}"
            lines.append(line(stage, cost, f"{more_time(smallest, cost) * 1e6:.1f}", memory))
    return "\n".join(lines)


def line(stage: str, cost: Cost, time_more: str, memory_more: str) -> str:
    return (
        f"| {stage} | {cost.rows:,} | {cost.wall:.1f} | {cost.cpu:.1f} | {time_more} "
        f"| {cost.memory / 2**20:.0f} | {memory_more} |"
    )


def more_time(small: Cost, large: Cost) -> float:
    """Seconds of CPU time for each additional row."""
    return (large.cpu - small.cpu) / (large.rows - small.rows)


def more_memory(small: Cost, large: Cost) -> float:
    """Bytes for each additional row."""
    return (large.memory - small.memory) / (large.rows - small.rows)


if __name__ == "__main__":
    main()
