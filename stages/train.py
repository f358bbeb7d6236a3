"""data/tensors and data/taught → models/<model>/weights.safetensors and metrics/epochs/<model>.tsv.

    python -m stages.train resnet

It starts train.processes processes, or is one of them if torchrun has started it. Beside the
weights it leaves models/<model>/run.json, the run's id for the stages that report to W&B, and
metrics/live/<model>, what DVCLive's viewers show.
"""

import os
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from fer2013 import distributed
from fer2013.checkpoint import ResumeFile, delete_saved, fingerprint
from fer2013.config import Config, read_config
from fer2013.errors import BadInput, exit_on_bad_input
from fer2013.files import write_json, written_whole
from fer2013.parts import Part, read_part
from fer2013.tracking import epoch_log
from fer2013.training import Epoch, train
from fer2013.weights import save_weights

COLUMNS = [
    "epoch",
    "lr",
    "train_loss",
    "train_accuracy",
    "train_macro_f1",
    "val_loss",
    "val_accuracy",
    "val_macro_f1",
]


def main() -> None:
    model = sys.argv[1]
    config, *_ = read_inputs(model)  # what is wrong with them is said once, before many start
    distributed.run(partial(one_process, model), config.train.processes)


def one_process(model: str) -> None:
    """Train; the first process writes what came out."""
    config, train_part, val_part = read_inputs(model)
    run_id = fingerprint(config, data_of(model, config))
    distributed.same_everywhere(run_id)
    resume = ResumeFile(run_id)
    if not distributed.leads():
        train(config, train_part, val_part, resume)
        return
    with resume.locked():
        delete_saved(Path("dvc.lock"))  # asked to train again, we do
        with epoch_log(Path("metrics/live") / model, model, run_id, config) as on_epoch:
            trained = train(config, train_part, val_part, resume, on_epoch)
        write_json(Path("models") / model / "run.json", {"id": run_id})
        save_weights(trained.weights, trained.epoch, Path("models") / model / "weights.safetensors")
        write_history(trained.history, Path("metrics/epochs") / f"{model}.tsv")
        if "DVC_STAGE" not in os.environ:  # else it is for dvc to save all this first
            resume.delete()


def read_inputs(model: str) -> tuple[Config, Part, Part]:
    config = read_config(Path("models") / model / "config.yaml")
    train_part, val_part = map(read_part, data_of(model, config))
    return config, train_part, val_part


def data_of(model: str, config: Config) -> list[Path]:
    """The parts to train and to validate on; a model with teachers has a training part of its own.

    Raises:
        BadInput: dvc.yaml does not know that the model has teachers.
    """
    val = Path("data/tensors/val.safetensors")
    if config.teachers is None:
        return [Path("data/tensors/train.safetensors"), val]
    taught = Path("data/taught") / f"{model}.safetensors"
    if not taught.exists():
        raise BadInput(
            f"params.yaml gives {model} teachers, but there is no {taught}; dvc.yaml needs a "
            f"stage teach_{model}, and that file as the faces of train_{model}."
        )
    return [taught, val]


def write_history(history: list[Epoch], target: Path) -> None:
    with written_whole(target) as part:
        pd.DataFrame(history, columns=COLUMNS).to_csv(
            part, sep="\t", index=False, float_format="%.6g", lineterminator="\n"
        )


if __name__ == "__main__":
    exit_on_bad_input(main)
