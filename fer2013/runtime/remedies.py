"""Which command makes a missing or damaged file again.

The library's other rooms do not know where files lie or which DVC stage writes them.
"""

from pathlib import Path

from fer2013.runtime.errors import BadInput, one_line

STAGES = {  # the end of a path: the stage that writes it; {} is the model
    "data/faces": "ingest",
    "data/faces/*": "ingest",
    "data/split.csv": "split",
    "data/tensors/*": "tensors",
    "data/probabilities/*": "evaluate_{}",
    "metrics/scores/*": "confusion_{}",
    "metrics/predictions/*": "confusion_{}",
    "metrics/epochs/*": "train_{}",
}


def remedy(path: Path) -> str:
    """The end of an error's sentence, such as "run dvc repro split"."""
    for pattern, stage in STAGES.items():
        if path.match(pattern):
            return f"run dvc repro {stage.format(path.stem)}"
    if path.match("models/*/*"):
        return "train the model again"
    return "make it again"


def damaged(path: Path, error: Exception) -> BadInput:
    """The error to raise where reading a file has raised one."""
    return BadInput(f"{path} is missing or damaged ({one_line(error)}); {remedy(path)}.")
