"""data/faces → data/split.csv: which part each face belongs to."""

from pathlib import Path

from fer2013.core.sections import read_section
from fer2013.data.faces import read_faces
from fer2013.data.splitting import Split, balance, split, write_split
from fer2013.runtime.files import atomic_write
from stages import run_stage


def main() -> None:
    options = read_section("split", Split)
    _, rows = read_faces(Path("data/faces"))
    parts = split(rows, options)
    with atomic_write(Path("data/split.csv")) as path:
        write_split(path, parts)
    print(balance(parts, rows))


if __name__ == "__main__":
    run_stage(main)
