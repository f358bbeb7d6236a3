"""The training faces, and what teachers say of them → data/taught/<model>.safetensors.

    python -m stages.teach champion sprint

It writes the training part with the mean of the teachers' probabilities in it. dvc.yaml names
the teachers of params.yaml once more, as it depends on the probabilities of each.
"""

import sys
from pathlib import Path

from safetensors.torch import save_file

from fer2013.config import read_config
from fer2013.ensemble import mean_of
from fer2013.errors import BadInput, exit_on_bad_input
from fer2013.files import written_whole
from fer2013.parts import read_part

# Predictions are of validation faces: their rows say that the probabilities are of this data.
PARTS = ("train", "val")


def main() -> None:
    model, *declared = sys.argv[1:]
    check_teachers(model, declared)
    parts = {name: read_part(Path("data/tensors") / f"{name}.safetensors") for name in PARTS}
    taught = {"taught": mean_of(declared, parts, Path("data"), Path("metrics"))["train"]}
    with written_whole(Path("data/taught") / f"{model}.safetensors") as target:
        save_file(parts["train"].tensors() | taught, target)


def check_teachers(model: str, declared: list[str]) -> None:
    wanted = read_config(Path("models") / model / "config.yaml").taught_by
    if declared != wanted:
        raise BadInput(
            f"params.yaml: teachers of {model} are {', '.join(wanted) or 'none'}, but its teach "
            f"stage in dvc.yaml gives {', '.join(declared) or 'none'}; it needs a line for each."
        )


if __name__ == "__main__":
    exit_on_bad_input(main)
