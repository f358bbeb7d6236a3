"""data/tensors and data/taught → models/<model>/weights.safetensors and metrics/epochs/<model>.tsv.

    python -m stages.train resnet

It starts train.processes processes, or is one of them if torchrun has started it. Beside the
weights it leaves models/<model>/run.json, the run's id for the stages that report to W&B, and
metrics/live/<model>, what DVCLive's viewers show.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from torch import nn

from fer2013.base.parts import Part, read_part
from fer2013.model.weights import save_weights
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import write_json, written_whole
from fer2013.runtime.tracking import epoch_log
from fer2013.training import distributed
from fer2013.training.config import Config, read_config
from fer2013.training.distillation import read_teachers
from fer2013.training.loop import Epoch, Trained, ignore, train
from fer2013.training.resume import ResumeFile, delete_saved, fingerprint

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


@dataclass(frozen=True)
class Inputs:
    config: Config
    train_part: Part
    val_part: Part
    teachers: list[nn.Module]
    run_id: str  # a fingerprint of these and of the code


def main() -> None:
    model = sys.argv[1]
    inputs = inputs_of(model)  # what is wrong with them is said once, before many start
    distributed.run(partial(one_process, model), inputs.config.train.processes)


def one_process(model: str) -> None:
    """Train; the first process writes what came out."""
    inputs = inputs_of(model)
    distributed.same_everywhere(inputs.run_id)
    resume = ResumeFile(inputs.run_id)
    if not distributed.leads():
        train_on(inputs, resume)
        return
    with resume.locked():
        delete_saved(Path("dvc.lock"))  # asked to train again, we do
        live = Path("metrics/live") / model
        with epoch_log(live, model, inputs.run_id, inputs.config) as on_epoch:
            trained = train_on(inputs, resume, on_epoch)
        write_json(Path("models") / model / "run.json", {"id": inputs.run_id})
        save_weights(trained.weights, trained.epoch, Path("models") / model / "weights.safetensors")
        write_history(trained.history, Path("metrics/epochs") / f"{model}.tsv")
        if "DVC_STAGE" not in os.environ:  # else it is for dvc to save all this first
            resume.delete()


def train_on(
    inputs: Inputs, resume: ResumeFile, on_epoch: Callable[[Epoch], None] = ignore
) -> Trained:
    parts = inputs.train_part, inputs.val_part
    return train(inputs.config, *parts, resume, on_epoch, teachers=inputs.teachers)


def inputs_of(model: str) -> Inputs:
    return read_inputs(model, read_config(Path("models") / model / "config.yaml"))


def read_inputs(model: str, config: Config) -> Inputs:
    """What a model trains with; one that has teachers finds them with the faces, in data/taught.

    Raises:
        BadInput: a file is missing or damaged, or dvc.yaml does not know that there are teachers.
    """
    folder = Path("data/taught") / model if config.teachers else Path("data/tensors")
    if not folder.exists() and config.teachers:
        raise BadInput(
            f"params.yaml gives {model} teachers, but there is no {folder}; dvc.yaml needs a "
            f"stage teach_{model}, and that folder as the faces of train_{model}."
        )
    faces, val = folder / "train.safetensors", Path("data/tensors/val.safetensors")
    teachers = read_teachers(config, folder / "teachers")
    # After the networks are imported: their code counts too.
    run_id = fingerprint(config, [faces, val, *sorted(folder.glob("teachers/*"))])
    return Inputs(config, read_part(faces), read_part(val), teachers, run_id)


def write_history(history: list[Epoch], target: Path) -> None:
    with written_whole(target) as part:
        pd.DataFrame(history, columns=COLUMNS).to_csv(
            part, sep="\t", index=False, float_format="%.6g", lineterminator="\n"
        )


if __name__ == "__main__":
    exit_on_bad_input(main)
