"""Check FER2013, in any of the forms in which it is downloaded, and put it under DVC as data/raw.

make data FROM=folder
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fer2013.core.constants import CLASSES, TRAINING, USAGES
from fer2013.core.sections import read_section
from fer2013.data.bad_rows import BadRows, Ingest
from fer2013.data.csv_sources import TRAIN, Source
from fer2013.data.report import missing_classes
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write, remove
from tools.data.finding import find
from tools.data.tracking import refuse_unkept, track
from tools.repository import require_git

RAW = Path("data/raw")
ALL_TRAINING, ALL_TESTS = 28_709, 7_178  # FER2013's rows


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1]:
        raise BadInput("say where FER2013 is: make data FROM=folder")
    require_git()
    refuse_unkept(RAW, RAW.with_suffix(".dvc"))
    RAW.parent.mkdir(exist_ok=True)
    # git and DVC ignore *.part, should this process be killed.
    for left in RAW.parent.glob(".brought.*.part"):
        remove(left)
    with TemporaryDirectory(suffix=".part", prefix=".brought.", dir=RAW.parent) as scratch:
        try:
            lines = bring(Path(sys.argv[1]).expanduser(), Path(scratch))  # zsh leaves FROM=~
        except BadInput as error:
            raise BadInput(without(scratch, str(error))) from None
    print(without(scratch, "\nnote: ".join(lines)))


def without(scratch: str, text: str) -> str:
    """A text in which the temporary paths begin with the name of what was unpacked."""
    return re.sub(rf"{re.escape(scratch)}/\d+/", "", text)


def bring(origin: Path, scratch: Path) -> list[str]:
    """Check the data and put them into data/raw. → what was brought, and remarks"""
    on_bad_row = read_section("ingest", Ingest).on_bad_row
    found = find(origin, scratch, on_bad_row)
    bad_rows, usages, classes = BadRows(), Counter[str](), Counter[int]()
    for source in found.sources:
        for row in bad_rows.good_rows(source):
            usages[row.usage] += 1
            classes[row.emotion] += row.usage == TRAINING
    bad_rows.refuse(on_bad_row)
    names = " and ".join(source.path.name for source in found.sources)
    if not usages[TRAINING]:
        raise BadInput(
            f"{names}: no good row is Training, but models need such rows to learn from; "
            "add FER2013's training rows."
        )
    with atomic_write(RAW) as folder:
        folder.mkdir()
        for source in found.sources:
            shutil.copyfile(source.path, folder / source.path.name)
    track(RAW, RAW.with_suffix(".dvc"))
    counts = ", ".join(f"{usages[usage]:,} {usage}" for usage in USAGES if usages[usage])
    return [
        f"{names}: {usages.total():,} good rows ({counts}), now in {RAW} and tracked by {RAW}.dvc.",
        *found.remarks,
        *remarks(found.sources, bad_rows, usages, classes),
    ]


def remarks(
    sources: list[Source], bad_rows: BadRows, usages: Counter[str], classes: Counter[int]
) -> Iterator[str]:
    """What differs from FER2013."""
    if [source.kind for source in sources] == [TRAIN]:
        yield "There is no test.csv: submissions will be only a header."
    if bad_rows.count:
        yield f"{bad_rows.count:,} bad rows will be left out. The first: {bad_rows.first[0]}"
    training, tests = usages[TRAINING], usages.total() - usages[TRAINING]
    if (training, tests) != (ALL_TRAINING, ALL_TESTS):
        yield (
            f"FER2013 has {ALL_TRAINING:,} Training rows and {ALL_TESTS:,} of tests; these have "
            f"{training:,} and {tests:,}."
        )
    if missing := missing_classes([classes[label] for label in range(len(CLASSES))]):
        yield missing


if __name__ == "__main__":
    exit_on_bad_input(main)
