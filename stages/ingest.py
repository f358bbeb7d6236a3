"""The CSV files of `data.folder` → data/faces, with copies, and metrics/data.json, .png."""

from pathlib import Path

from fer2013.core.constants import TRAINING
from fer2013.core.sections import read_section
from fer2013.data.bad_rows import Ingest
from fer2013.data.csv_sources import Data, find_sources
from fer2013.data.faces import read_pixels, read_rows_table, write_faces
from fer2013.data.picture import draw_data_picture
from fer2013.data.report import data_report, missing_classes
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, write_json
from stages import run_stage

FACES = Path("data/faces")


def main() -> None:
    folder = Path(read_section("data", Data).folder)
    sources = find_sources(folder)
    with atomic_write(FACES) as target:
        bad_rows = write_faces(target, sources)
        bad_rows.refuse(read_section("ingest", Ingest).on_bad_row)
        rows = read_rows_table(target)
        if not (rows.usage == TRAINING).any():
            raise BadInput(f"{folder} holds no good training row; download the files again.")
    report = data_report(rows, bad_rows.count)
    write_json(Path("metrics/data.json"), report)
    with atomic_write(Path("metrics/data.png")) as target:
        draw_data_picture(read_pixels(FACES), rows, target)
    missing = missing_classes(report["training"]["per_class"].values())
    if missing:
        print(f"note: {missing}")


if __name__ == "__main__":
    run_stage(main)
