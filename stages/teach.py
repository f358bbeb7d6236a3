"""The training faces, and the teachers that see them too → data/taught/<model>.

    python -m stages.teach compact_vit mentor

dvc.yaml names the teachers of params.yaml once more, as it depends on the weights of each.
"""

import shutil
import sys
from pathlib import Path

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import written_whole
from fer2013.training.config import read_config
from fer2013.training.distillation import read_teachers, write_teacher


def main() -> None:
    model, *declared = sys.argv[1:]
    config = read_config(Path("models") / model / "config.yaml")
    if declared != config.taught_by:
        raise BadInput(
            f"params.yaml: teachers of {model} are {', '.join(config.taught_by) or 'none'}, but "
            f"its teach stage in dvc.yaml gives {', '.join(declared) or 'none'}; it needs a line "
            "for each."
        )
    with written_whole(Path("data/taught") / model) as folder:
        gather(declared, folder)
        read_teachers(config, folder / "teachers")  # what is wrong with them is said now


def gather(teachers: list[str], folder: Path) -> None:
    (folder / "teachers").mkdir(parents=True)
    copy(Path("data/tensors/train.safetensors"), folder / "train.safetensors")
    for teacher in teachers:
        trained = Path("models") / teacher
        copy(trained / "weights.safetensors", folder / "teachers" / f"{teacher}.safetensors")
        write_teacher(read_config(trained / "config.yaml"), folder / "teachers" / f"{teacher}.yaml")


def copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise BadInput(f"{source} is missing; run dvc repro {source}.")
    shutil.copyfile(source, target)


if __name__ == "__main__":
    exit_on_bad_input(main)
