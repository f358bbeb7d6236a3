"""Check FER2013's CSV files and put them under DVC as data/raw.

make data FROM=folder
"""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from fer2013.base.sections import read_section
from fer2013.data.csv_layouts import TEST, TRAIN, BadRows, Ingest, Source, find_sources, read_rows
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write, remove, write_text

RAW = Path("data/raw")


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1]:
        raise BadInput("say where the CSV files are: make data FROM=folder")
    sources = find_sources(Path(sys.argv[1]))
    rows = check(sources)
    with atomic_write(RAW) as folder:
        folder.mkdir()
        for source in sources:
            shutil.copyfile(source.path, folder / source.path.name)
    track(RAW, RAW.with_suffix(".dvc"))
    names = " and ".join(source.path.name for source in sources)
    print(f"{names}: {rows} good rows, now in {RAW} and tracked by {RAW}.dvc.")
    if sources[0].layout == TRAIN and not any(source.layout == TEST for source in sources):
        print("There is no test.csv: submissions will be only a header.")


def check(sources: list[Source]) -> int:
    """Read every row and return how many are good.

    Raises:
        BadInput: rows are bad and params.yaml does not say to drop them.
    """
    bad_rows = BadRows()
    good = sum(len(rows.numbers) for source in sources for rows in read_rows(source, bad_rows))
    if read_section("ingest", Ingest).on_bad_row == "fail":
        bad_rows.refuse()
    return good


def track(folder: Path, tracked: Path) -> None:
    """Put a folder under DVC; if that fails, no file says that it is, or that it may be pushed."""
    try:
        subprocess.run([sys.executable, "-m", "dvc", "add", "--quiet", str(folder)], check=True)
        never_push(tracked)
    except BaseException:
        remove(tracked)
        raise


def never_push(tracked: Path) -> None:
    """Keep the faces out of every `dvc push`: FER2013 may not be passed on."""
    content = yaml.safe_load(tracked.read_text(encoding="utf-8"))
    for out in content["outs"]:
        out["push"] = False
    write_text(tracked, yaml.safe_dump(content, sort_keys=False))


if __name__ == "__main__":
    exit_on_bad_input(main)
