"""Probabilities of the unlabelled test rows → data/submission/<model>.csv, in Kaggle's form.

    python -m stages.submit resnet

The file has one column, `emotion`, with a row for each row of test.csv, in its order. Without
test.csv it has only a header.
"""

import sys
from pathlib import Path

import pandas as pd

from fer2013.core.parts import read_part
from fer2013.core.tensor_files import read_tensors
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write
from fer2013.scoring.submission import emotions
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    path = Path("data/probabilities") / f"{model}.safetensors"
    probabilities, _ = read_tensors(path)
    if "unlabelled" not in probabilities:
        raise BadInput(f"{path} holds no probabilities; run dvc repro submit_{model}.")
    part = read_part(Path("data/tensors/unlabelled.safetensors"))
    table = pd.DataFrame({"emotion": emotions(probabilities["unlabelled"], part.rows)})
    with atomic_write(Path("data/submission") / f"{model}.csv") as target:
        table.to_csv(target, index=False, lineterminator="\n")


if __name__ == "__main__":
    run_stage(main)
