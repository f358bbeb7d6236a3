"""Write train.csv and test.csv of drawn faces."""

from pathlib import Path

from fer2013.data.sample import draw_data_set
from stages.sample import text, write_csv


def write_data_set(folder: Path, rows: int) -> None:
    """One row in eight goes to test.csv."""
    folder.mkdir(parents=True)
    faces, labels, test = draw_data_set(rows - rows // 8, rows // 8, seed=0)
    lines = [f"{label},{text(face)}" for label, face in zip(labels, faces, strict=True)]
    write_csv(folder / "train.csv", "emotion,pixels", lines)
    write_csv(folder / "test.csv", "pixels", [text(face) for face in test])
