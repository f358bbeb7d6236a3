"""Weights and data/tensors → probabilities, predictions, scores, confusion matrix, submission.

    python -m stages.evaluate resnet

It predicts all faces of every part, and scores the parts with labels. The official test parts are
also scored without the faces that are identical to one in Training, and without all that have a
copy there, identical or near ("clean"). The scores repeat the entry `computed_on` of run.json, as
run.json is not in git. data/submission/<model>.csv is in Kaggle's form: a column `emotion` with a
row for each row of test.csv, in its order.
"""

import sys
from pathlib import Path
from typing import Any

from torch import Tensor

from fer2013.core.constants import PARTS
from fer2013.core.device import prepare
from fer2013.core.inference import ModelConfig, Predictor
from fer2013.core.losses import LossSection
from fer2013.core.networks import load_network
from fer2013.core.parts import Part, read_part
from fer2013.core.sections import check, read_yaml
from fer2013.core.tensor_files import write_tensors
from fer2013.runtime.files import atomic_write, write_json
from fer2013.runtime.resume_file import ResumeFile
from fer2013.runtime.wandb_runs import log_confusion, log_scores, read_run, wandb_run
from fer2013.scoring.confusion import draw_confusion
from fer2013.scoring.scores import all_scores, write_predictions
from fer2013.scoring.submission import write_submission
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    folder = Path("models") / model
    path = folder / "config.yaml"
    values = read_yaml(path)
    config = check(ModelConfig, values, str(path))
    loss = check(LossSection, values, str(path)).loss
    network, epoch = load_network(config.network, folder / "weights.safetensors")
    train = config.train
    compute = prepare(train.device, train.threads, channels_last=train.channels_last)
    network = compute.place(network)
    predictor = Predictor(network, config.normalize, config.evaluate, compute)
    parts = {name: read_part(Path("data/tensors") / f"{name}.safetensors") for name in PARTS}
    probabilities = {name: predictor.probabilities(part.faces) for name, part in parts.items()}
    criterion = loss.criterion(parts["train"].labels)
    run = read_run(folder / "run.json")
    result = {"epoch": epoch, "trained_on": len(parts["train"])}
    if "computed_on" in run:
        result["computed_on"] = run["computed_on"]
    result |= all_scores(parts, probabilities, criterion)
    write_results(model, parts, probabilities, result)
    log(model, run["id"], result, values)
    ResumeFile(run["id"]).delete()  # it is no longer needed: DVC has recorded the training


def write_results(
    model: str, parts: dict[str, Part], probabilities: dict[str, Tensor], result: dict[str, Any]
) -> None:
    """Write the files that models and the ensemble have alike; `result` becomes the scores."""
    write_tensors(probabilities, Path(f"data/probabilities/{model}.safetensors"))
    target = Path(f"metrics/predictions/{model}.csv")
    predictions = write_predictions(parts["val"], probabilities["val"], target)
    with atomic_write(Path(f"metrics/confusion/{model}.png")) as path:
        draw_confusion(predictions, model, path)
    target = Path(f"data/submission/{model}.csv")
    write_submission(probabilities["unlabelled"], parts["unlabelled"].rows, target)
    write_json(Path(f"metrics/scores/{model}.json"), result)


def log(
    model: str, run_id: str, result: dict[str, Any], config: dict[str, Any] | None = None
) -> None:
    """Log the scores and the picture of the confusion matrix to W&B, if it is enabled."""
    with wandb_run(model, run_id, config) as run:
        if run is not None:
            log_scores(run, result)
            log_confusion(run, Path(f"metrics/confusion/{model}.png"))


if __name__ == "__main__":
    run_stage(main)
