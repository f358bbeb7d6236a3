"""data/tensors → models/<model>/weights.safetensors and metrics/epochs/<model>.tsv.

    python -m stages.train resnet
    python -m stages.train champion --teachers mentor

It starts train.processes processes, or is one of them if torchrun has started it. Beside the
weights it leaves models/<model>/run.json, the run's id for the stages that report to W&B and what
computed it. What DVCLive's viewers show is in metrics/live/<model> while it trains and after.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from torch import nn

from fer2013.base.parts import Part, read_part
from fer2013.model.device import choose_device
from fer2013.model.precision import emulation_warning
from fer2013.model.weights import save_weights
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write, write_json
from fer2013.runtime.resume_file import ResumeFile, delete_recorded
from fer2013.runtime.tracking import epoch_log
from fer2013.training import distributed
from fer2013.training.config import Config, Train, read_config
from fer2013.training.distillation import read_teacher
from fer2013.training.fingerprint import fingerprint
from fer2013.training.loop import no_callback, train
from fer2013.training.provenance import computed_on
from fer2013.training.run import Epoch, Trained

MODELS = Path("models")
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
    options = argparse.ArgumentParser(prog="python -m stages.train")
    options.add_argument("model")
    options.add_argument("--teachers", nargs="*", default=[], help="those of params.yaml")
    given = options.parse_args()
    config = read_config(MODELS / given.model / "config.yaml")
    check_teachers(given.model, config.teacher_names, given.teachers)
    distributed.run(partial(one_process, given.model), config.train.processes)


def check_teachers(model: str, wanted: list[str], declared: list[str]) -> None:
    """dvc.yaml repeats the teachers of params.yaml, as the stage depends on their weights."""
    if declared != wanted:
        raise BadInput(
            f"params.yaml: teachers of {model} are {', '.join(wanted) or 'none'}, but "
            f"train_{model} in dvc.yaml gives {', '.join(declared) or 'none'}; make them equal "
            "(train_champion shows how)."
        )


def one_process(model: str) -> None:
    """Train; rank 0 writes the results."""
    inputs = read_inputs(read_config(MODELS / model / "config.yaml"))
    distributed.check_same_run(inputs.run_id)
    resume = ResumeFile(inputs.run_id)
    if not distributed.is_rank0():
        train_on(inputs, resume)
        return
    with resume.locked():
        warn_of_emulation(inputs.config.train)
        delete_recorded(Path("dvc.lock"))  # DVC asks for this run again, so it trains again
        live = Path("metrics/live") / model
        with epoch_log(live, model, inputs.run_id, inputs.config.model_dump()) as on_epoch:
            trained = train_on(inputs, resume, on_epoch)
        run_json = MODELS / model / "run.json"
        write_json(run_json, {"id": inputs.run_id, "computed_on": computed_on(inputs.config.train)})
        save_weights(trained.weights, trained.epoch, MODELS / model / "weights.safetensors")
        write_history(trained.history, Path("metrics/epochs") / f"{model}.tsv")
        if "DVC_STAGE" in os.environ:
            resume.keep_until_recorded(run_json)
        else:
            resume.delete()


def warn_of_emulation(options: Train) -> None:
    warning = emulation_warning(options.precision, choose_device(options.device))
    if warning:
        print(f"warning: {warning}", file=sys.stderr, flush=True)


def train_on(
    inputs: Inputs, resume: ResumeFile, on_epoch: Callable[[Epoch], None] = no_callback
) -> Trained:
    parts = inputs.train_part, inputs.val_part
    return train(inputs.config, *parts, resume, on_epoch, teachers=inputs.teachers)


def read_inputs(config: Config) -> Inputs:
    """Read what a configuration trains with.

    Raises:
        BadInput: a file is missing or damaged, or a teacher normalises faces in another way.
    """
    faces, val = (Path("data/tensors") / f"{part}.safetensors" for part in ("train", "val"))
    folders = [MODELS / teacher for teacher in config.teacher_names]
    teachers = [read_teacher(folder, config.normalize) for folder in folders]
    files = [faces, val, *(folder / "weights.safetensors" for folder in folders)]
    # After the networks are imported: their code counts too.
    run_id = fingerprint(config, files)
    return Inputs(config, read_part(faces), read_part(val), teachers, run_id)


def write_history(history: list[Epoch], target: Path) -> None:
    with atomic_write(target) as path:
        pd.DataFrame(history, columns=COLUMNS).to_csv(
            path, sep="\t", index=False, float_format="%.6g", lineterminator="\n"
        )


if __name__ == "__main__":
    exit_on_bad_input(main)
