"""data/faces → data/split.csv: which part each face belongs to."""

from pathlib import Path

from fer2013.base.sections import Split, read_section
from fer2013.data.faces import read_faces
from fer2013.data.split_file import write_split
from fer2013.data.splitting import split
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import written_whole


def main() -> None:
    options = read_section("split", Split)
    _, rows = read_faces(Path("data/faces"))
    parts = split(rows, options.val_fraction, options.keep_duplicates_together, options.seed)
    with written_whole(Path("data/split.csv")) as part:
        write_split(part, parts)


if __name__ == "__main__":
    exit_on_bad_input(main)
