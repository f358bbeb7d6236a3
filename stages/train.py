"""data/tensors, data/recipes/<model>.yaml → models/<model>/weights.safetensors, metrics/epochs/….

    python -m stages.train resnet
    python -m stages.train champion --teachers mentor

It starts `train.processes` processes, or is one of them if torchrun has started it. It also writes
models/<model>/run.json: the run's id, which the stages that log to W&B need, and the machine. The
folder metrics/live/<model> holds DVCLive's files, which can be viewed during and after training.
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from fer2013.core import distributed
from fer2013.core.config import Config, read_config
from fer2013.core.device import Compute, computed_on
from fer2013.core.distillation import Teacher, read_teacher
from fer2013.core.fingerprint import fingerprint
from fer2013.core.loop import no_callback, train
from fer2013.core.networks import save_weights
from fer2013.core.parts import Part, read_part
from fer2013.core.run import Epoch, Trained
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import as_json, atomic_write, write_text
from fer2013.runtime.recorded import md5, recorded
from fer2013.runtime.resume_file import ResumeFile
from fer2013.runtime.tracking import epoch_log
from stages import run_stage

RECIPES, MODELS = Path("data/recipes"), Path("models")
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
    options = argparse.ArgumentParser(prog="python -m stages.train")
    options.add_argument("model")
    options.add_argument("--teachers", nargs="*", default=[], help="those of params.yaml")
    given = options.parse_args()
    config = read_config(RECIPES / f"{given.model}.yaml")
    check_teachers(given.model, config.teacher_names, given.teachers)
    distributed.run(partial(one_process, given.model), config.train.processes)


def check_teachers(model: str, wanted: list[str], declared: list[str]) -> None:
    """Check that dvc.yaml, whose stage depends on the teachers' weights, names the right teachers.

    Raises:
        BadInput: they (`declared`) are not those of params.yaml (`wanted`).
    """
    if declared != wanted:
        raise BadInput(
            f"params.yaml: teachers of {model} are {', '.join(wanted) or 'none'}, but "
            f"train_{model} in dvc.yaml gives {', '.join(declared) or 'none'}; make them equal "
            "(train_champion shows how)."
        )


def one_process(model: str) -> None:
    """Train in this process; rank 0 also writes the results."""
    inputs = read_inputs(read_config(RECIPES / f"{model}.yaml"))
    distributed.check_same_run(inputs.run_id)
    resume = ResumeFile(inputs.run_id)
    if not distributed.is_rank0():
        inputs.train(resume)
        return
    config, path = inputs.config, MODELS / model / "run.json"
    threads, processes = config.train.threads, config.train.processes
    machine = computed_on(inputs.compute, threads=threads, processes=processes)
    run_json = as_json({"id": inputs.run_id, "computed_on": machine})
    with resume.locked():
        lock = Path("dvc.lock")
        of_lock = recorded(lock, f"train_{model}")
        if of_lock.get(str(path)) == md5(run_json.encode()) and resume.is_older_than(lock):
            resume.delete()  # DVC has this run's results: asked again, it trains again
        live = Path("metrics/live") / model
        values = config.model_dump(exclude={"evaluate"})  # which the stage evaluate logs
        with epoch_log(live, model, inputs.run_id, values) as on_epoch:
            trained = inputs.train(resume, on_epoch)
        write_text(path, run_json)
        save_weights(trained.weights, trained.epoch, path.with_name("weights.safetensors"))
        write_history(trained.history, Path("metrics/epochs") / f"{model}.tsv")
        if "DVC_STAGE" not in os.environ:  # else evaluate deletes it: DVC has the results only then
            resume.delete()


@dataclass(frozen=True)
class Inputs:
    config: Config
    compute: Compute
    faces: Part
    val: Part
    teachers: list[Teacher]
    run_id: str  # a fingerprint of these and of the code

    def train(self, resume: ResumeFile, on_epoch: Callable[[Epoch], None] = no_callback) -> Trained:
        networks = [teacher.network for teacher in self.teachers]
        parts = self.faces, self.val
        return train(
            self.config, self.compute, *parts, resume, on_epoch=on_epoch, teachers=networks
        )


def read_inputs(config: Config) -> Inputs:
    """Read the data and the teachers with which a configuration trains.

    Raises:
        BadInput: a file is missing or damaged, or a teacher has another normalisation.
    """
    faces, val = (Path("data/tensors") / f"{part}.safetensors" for part in ("train", "val"))
    teachers, files = [], [faces, val]
    for name in config.teacher_names:
        weights = MODELS / name / "weights.safetensors"
        teachers.append(read_teacher(RECIPES / f"{name}.yaml", weights, config.normalize))
        files.append(weights)
    compute = config.train.prepare()
    run_id = fingerprint(config, compute, files, [teacher.config for teacher in teachers])
    return Inputs(config, compute, read_part(faces), read_part(val), teachers, run_id)


def write_history(history: list[Epoch], target: Path) -> None:
    with atomic_write(target) as path:
        pd.DataFrame(history, columns=COLUMNS).to_csv(
            path, sep="\t", index=False, float_format="%.6g", lineterminator="\n"
        )


if __name__ == "__main__":
    run_stage(main)
