"""The built-in data set → data/sample/train.csv and test.csv, in Kaggle's layout."""

from pathlib import Path

import numpy as np

from fer2013.core.sections import read_section
from fer2013.data.sample import Sample, draw_data_set
from fer2013.runtime.files import atomic_write
from stages import run_stage


def main() -> None:
    options = read_section("sample", Sample)
    faces, labels, test = draw_data_set(options.rows, options.test_rows, options.seed)
    with atomic_write(Path("data/sample")) as folder:
        folder.mkdir()
        rows = [f"{label},{text(face)}" for label, face in zip(labels, faces, strict=True)]
        write_csv(folder / "train.csv", "emotion,pixels", rows)
        write_csv(folder / "test.csv", "pixels", [text(face) for face in test])


def text(face: np.ndarray) -> str:
    return " ".join(map(str, face.ravel().tolist()))


def write_csv(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows, ""]), encoding="ascii")


if __name__ == "__main__":
    run_stage(main)
