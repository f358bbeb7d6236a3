"""Which command restores a missing or damaged file.

The other folders of the library know neither the paths of files nor the stages that write them.
"""

from pathlib import Path

from fer2013.runtime.errors import BadInput, one_line

STAGES = {  # end of a path → the stage that writes it; {} stands for the model
    "data/faces": "ingest",
    "data/faces/*": "ingest",
    "data/split.csv": "split",
    "data/tensors/*": "tensors",
    "data/recipes/*": "configure",
    "data/networks.yaml": "configure",
    "data/probabilities/*": "evaluate_{}",
    "metrics/scores/*": "evaluate_{}",
    "metrics/predictions/*": "evaluate_{}",
    "metrics/epochs/*": "train_{}",
}


def how_to_restore(path: Path) -> str:
    """The end of an error message, such as "run dvc repro split"."""
    for pattern, stage in STAGES.items():
        if path.match(pattern):
            return f"run dvc repro {stage.format(path.stem)}"
    if path.match("models/*/*"):
        return "train the model again"
    return "make it again"


def damaged(path: Path, error: Exception) -> BadInput:
    """The BadInput to raise after an error while reading a file."""
    return BadInput(f"{path} is missing or damaged ({one_line(error)}); {how_to_restore(path)}.")
