"""Compare the fast CSV reader with a slow, simple one on thousands of damaged files.

    python -m tests.stress.fuzz_csv 10000

prints a line for each kind of damage, then what reading a line of one gigabyte takes. It stops at
the first file that is read wrongly or raises anything but BadInput, and keeps it.
"""

import random
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from pathlib import Path

from tests.csv_mutations import (
    MUTATIONS,
    good_file,
    good_pixel_texts,
    read_as_the_package_does,
    read_folder,
    read_slowly,
)

GIBIBYTE = 2**30
KEPT = Path("fuzz_csv_failed.csv")
OUTCOMES = ("all rows good", "rows refused", "file refused")


def main() -> None:
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts, rows = fuzz(int(sys.argv[1]), Path(folder))
        print_table(counts)
        print(f"{rows:,} rows compared in {time.perf_counter() - started:.0f} s, no difference")
        memory, seconds = read_long_line(Path(folder), GIBIBYTE)
    print(f"a line of 1 GiB: refused in {seconds:.1f} s, {memory / 2**20:.2f} MiB at the peak")


def fuzz(files: int, folder: Path) -> tuple[Counter[tuple[str, str]], int]:
    """Compare on that many files; count (kind of damage, outcome), and the good rows."""
    counts: Counter[tuple[str, str]] = Counter()
    rows = 0
    for seed in range(files):
        kind, content = spoilt_file(seed)
        try:
            reading = read_as_the_package_does(folder, content)
            assert reading == read_slowly(content), "the two readers differ"
        except BaseException:
            KEPT.write_bytes(content)
            print(f"file {seed} ({kind}) is kept as {KEPT}", file=sys.stderr)
            raise
        counts[kind, reading.outcome] += 1
        rows += len(reading.rows)
    return counts, rows


def spoilt_file(seed: int) -> tuple[str, bytes]:
    """A file of 1–40 rows with one kind of damage, every third with one more of any kind."""
    rng = random.Random(seed)
    kinds = list(MUTATIONS)
    kind = kinds[seed % len(kinds)]
    content = MUTATIONS[kind](rng, good_file(rng, rng.randint(1, 40)))
    if rng.randrange(3) == 0:
        content = MUTATIONS[rng.choice(kinds)](rng, content)
    return kind, content


def print_table(counts: Counter[tuple[str, str]]) -> None:
    print("damage".ljust(30), *(outcome.rjust(14) for outcome in OUTCOMES))
    for kind in MUTATIONS:
        print(kind.ljust(30), *(f"{counts[kind, outcome]:14,}" for outcome in OUTCOMES))
    totals = [sum(counts[kind, outcome] for kind in MUTATIONS) for outcome in OUTCOMES]
    print("all".ljust(30), *(f"{total:14,}" for total in totals))


def read_long_line(folder: Path, size: int) -> tuple[int, float]:
    """Read a file with a line of `size` bytes between good rows. → bytes at the peak, seconds"""
    path = folder / "fer2013.csv"
    good = b"3," + good_pixel_texts()[0] + b",Training\n"
    with path.open("wb") as file:
        file.write(b"emotion,pixels,Usage\n" + good)
        file.seek(size, 1)  # a hole: it reads as NULs and takes no room on the disk
        file.write(b"\n" + good)
    tracemalloc.start()
    started = time.perf_counter()
    reading = read_folder(folder)
    seconds = time.perf_counter() - started
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.number for row in reading.rows] == [0, 2]
    assert reading.bad_lines == [3]
    return memory, seconds


if __name__ == "__main__":
    main()
