"""Check FER2013, in any of the forms in which it is downloaded, and put it under DVC as data/raw.

make data FROM=folder
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer2013.core.constants import CLASSES, TRAINING, USAGES
from fer2013.core.sections import read_section
from fer2013.data.bad_rows import BadRows, Ingest
from fer2013.data.csv_header import TEST, TRAIN
from fer2013.data.csv_rows import read_rows
from fer2013.data.csv_sources import Source
from fer2013.data.report import missing_classes
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write, remove
from tools.data.finding import Scratch, find
from tools.data.tracking import refuse_unkept, track
from tools.repository import require_git

RAW = Path("data/raw")
ALL_TRAINING, ALL_TESTS = 28_709, 7_178  # FER2013's rows
SEPARATORS = {b";": "semicolons", b"\t": "tabs"}


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1]:
        raise BadInput("say where FER2013 is: make data FROM=folder")
    require_git()
    refuse_unkept(RAW, RAW.with_suffix(".dvc"))
    on_bad_row = read_section("ingest", Ingest).on_bad_row
    with scratch_folder() as scratch:
        try:
            found = find(Path(sys.argv[1]), scratch, on_bad_row)
            counts = Counts(found.sources, on_bad_row)
        except BadInput as error:
            raise BadInput(scratch.named(str(error))) from None
        with atomic_write(RAW) as folder:
            folder.mkdir()
            for source in found.sources:
                shutil.copyfile(source.path, folder / source.path.name)
    track(RAW, RAW.with_suffix(".dvc"))
    names = " and ".join(source.path.name for source in found.sources)
    print(f"{names}: {counts}, now in {RAW} and tracked by {RAW}.dvc.")
    for remark in [*found.remarks, *columns(found.sources), *counts.remarks()]:
        print(f"note: {scratch.named(remark)}")


@contextmanager
def scratch_folder() -> Iterator[Scratch]:
    """A temporary folder beside data/raw, which is removed in the end."""
    for left in RAW.parent.glob(".brought.*.part"):
        remove(left)
    folder = RAW.with_name(f".brought.{os.getpid()}.part")
    folder.mkdir(parents=True)
    try:
        yield Scratch(folder)
    finally:
        remove(folder)


class Counts:
    """The number of rows by usage, and that of Training rows by class."""

    def __init__(self, sources: list[Source], on_bad_row: str) -> None:
        """Read and check every row.

        Raises:
            BadInput: rows are bad and params.yaml does not say to drop them, or none is Training.
        """
        self.bad_rows = BadRows()
        self.usages: Counter[int] = Counter()
        self.classes: Counter[int] = Counter()
        for source in sources:
            for rows in read_rows(source, self.bad_rows):
                self.usages.update(rows.usages)
                training = zip(rows.emotions, rows.usages, strict=True)
                self.classes.update(label for label, usage in training if USAGES[usage] == TRAINING)
        self.bad_rows.refuse(on_bad_row)
        if not self.classes:
            names = " and ".join(str(source.path) for source in sources)
            raise BadInput(
                f"{names}: no good row is Training, but models need such rows to learn from; "
                "add FER2013's training rows."
            )

    def __str__(self) -> str:
        by_usage = [f"{n:,} {USAGES[usage]}" for usage, n in sorted(self.usages.items())]
        return f"{self.usages.total():,} good rows ({', '.join(by_usage)})"

    def remarks(self) -> Iterator[str]:
        training = self.classes.total()
        tests = self.usages.total() - training
        if self.bad_rows.count:
            first = self.bad_rows.first[0]
            yield f"{self.bad_rows.count:,} bad rows will be left out. The first: {first}"
        if (training, tests) != (ALL_TRAINING, ALL_TESTS):
            yield (
                f"FER2013 has {ALL_TRAINING:,} Training rows and {ALL_TESTS:,} of tests; these "
                f"have {training:,} and {tests:,}."
            )
        missing = missing_classes([self.classes[label] for label in range(len(CLASSES))])
        if missing:
            yield missing


def columns(sources: list[Source]) -> Iterator[str]:
    """Remarks about unusual separators and columns of the files."""
    for source in sources:
        layout, name = source.layout, source.path.name
        if layout.separator in SEPARATORS:
            yield f"{name} is separated by {SEPARATORS[layout.separator]}, not commas."
        if layout.ignored:
            yield f"{name} has columns that are ignored: {', '.join(layout.ignored)}."
        if layout.kind == TRAIN and name.lower() != "train.csv":
            yield f"{name} has no column Usage, so all of its rows count as Training."
    kinds = [source.layout.kind for source in sources]
    if kinds[0] == TRAIN and TEST not in kinds:
        yield "There is no test.csv: submissions will be only a header."


if __name__ == "__main__":
    exit_on_bad_input(main)
