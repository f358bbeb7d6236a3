"""What copies flatter: accuracy on validation faces with and without a copy among train's faces.

    dvc exp run -S split.keep_together=none evaluate_resnet
    python -m benchmarks.what_copies_flatter resnet

It reads what the pipeline made last: the faces, the split, and the models' predictions. The
experiment replaces those of the split in params.yaml, so run it in a clone.
"""

import argparse
from pathlib import Path

import numpy as np

from fer2013.core.constants import PARTS
from fer2013.data.faces import read_rows_table
from fer2013.data.report import IDENTICAL, PHOTOGRAPH
from fer2013.data.splitting import read_split
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.restoring import how_to_restore
from fer2013.scoring.counts import wilson_interval
from fer2013.scoring.result_files import read_predictions

HEAD = """\
| model | validation faces | number | accuracy | 95 % |
|---|---|---|---|---|"""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.what_copies_flatter")
    options.add_argument("models", nargs="+", metavar="model")
    models = options.parse_args().models
    row_numbers, identical, copied = validation_faces()
    print(HEAD)
    for model in models:
        right = is_right(model, row_numbers)
        for name, chosen in (
            ("all", np.ones_like(copied)),
            ("an identical one in train", identical),
            ("a near copy in train", copied & ~identical),
            ("no copy in train", ~copied),
        ):
            print(line(model, name, right[chosen]))


def validation_faces() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The faces' row numbers in the CSV file, whether a face of train has the same pixels, and
    whether one shows the same photograph. → int [faces], bool [faces], bool [faces]"""
    rows = read_rows_table(Path("data/faces"))
    part_of_face = read_split(Path("data/split.csv"), rows)
    train, val = (rows[part_of_face == PARTS.index(part)] for part in ("train", "val"))
    identical, copied = (
        val[column].isin(train[column]).to_numpy() for column in (IDENTICAL, PHOTOGRAPH)
    )
    return val.row.to_numpy(), identical, copied


def is_right(model: str, row_numbers: np.ndarray) -> np.ndarray:
    """Which validation faces the model is right about. → bool [faces]

    Raises:
        BadInput: there are no such predictions, or they are of another split.
    """
    path = Path(f"metrics/predictions/{model}.csv")
    predictions = read_predictions(path)
    if predictions.row.tolist() != [str(number) for number in row_numbers]:
        raise BadInput(f"{path} is of other faces than data/split.csv; {how_to_restore(path)}.")
    return (predictions.actual == predictions.predicted).to_numpy()


def line(model: str, name: str, right: np.ndarray) -> str:
    if not right.size:
        return f"| `{model}` | {name} | 0 | | |"
    low, high = wilson_interval(int(right.sum()), right.size)
    score = f"{right.mean():.1%} | {low:.1%} to {high:.1%}"
    return f"| `{model}` | {name} | {right.size:,} | {score} |"


if __name__ == "__main__":
    exit_on_bad_input(main)
