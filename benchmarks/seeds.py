"""Train a model with several seeds, to see how much its scores depend on the seed.

    python -m benchmarks.seeds sprint 1 2 3 4 5
    python -m benchmarks.seeds sprint 1 2 3 -S train.epochs=14 -S optim.lr=0.02  # a variant

Each seed is a run of the model as `dvc repro` would train and evaluate it. The validation scores of
the kept epoch are printed, then their mean and standard deviation. Interrupted trainings continue,
and finished ones are not repeated. It needs the tensors of the real data (dvc repro tensors), and a
model's teachers (dvc repro train_mentor).
"""

import argparse
import time
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

import torch
import torch.nn.functional as F
import yaml

from fer2013.core.config import Config, merge, resolve
from fer2013.core.inference import Predictor
from fer2013.core.metrics import accuracy, macro_f1
from fer2013.core.networks import build
from fer2013.core.sections import PARAMS, check, read_models, read_yaml
from fer2013.reporting.cost import pflop_of_training
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.resume_file import ResumeFile
from stages.train import Inputs, read_inputs

HEAD = """\
| seed | accuracy | macro-F1 | loss | epoch | PFLOP | CPU s |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Result:
    accuracy: float
    macro_f1: float
    loss: float  # cross entropy
    epoch: int
    pflop: float
    cpu_seconds: float  # of this process: few if it continued a training


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.seeds")
    options.add_argument("model", choices=read_models(read_yaml(PARAMS)))
    options.add_argument("seeds", type=int, nargs="+")
    options.add_argument("-S", action="append", default=[], metavar="key=value", dest="changes")
    given = options.parse_args()
    print(HEAD)
    results = []
    for seed in given.seeds:
        config = configured(given.model, [*given.changes, f"seed={seed}"])
        results.append(run(read_inputs(config)))
        print(line(str(seed), results[-1]), flush=True)
    if len(results) > 1:
        print(summary(results))


def configured(model: str, changes: list[str]) -> Config:
    """A model's configuration with changes, such as optim.lr=0.02."""
    values = resolve(read_yaml(PARAMS), model).model_dump()
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise BadInput(f"-S {change}: it should be key=value, as optim.lr=0.02.")
        nested: Any = yaml.safe_load(value)
        for name in reversed(key.split(".")):
            nested = {name: nested}
        values = merge(values, nested)
    return check(Config, values, f"{model} with {' '.join(changes)}")


def run(inputs: Inputs) -> Result:
    """Train, or take the finished training, and evaluate."""
    config, val_part = inputs.config, inputs.val
    started = time.process_time()
    resume = ResumeFile(inputs.run_id)
    with resume.locked():
        trained = inputs.train(resume)
    seconds = time.process_time() - started
    network = build(config.network)
    teachers = [teacher.network for teacher in inputs.teachers]
    images = len(trained.history) * len(inputs.faces)
    pflop = pflop_of_training(network, images, teachers)
    network.load_state_dict(trained.weights)
    predictor = Predictor(network, config.normalize, config.evaluate)
    probabilities = predictor.probabilities(val_part.faces)
    predicted = torch.argmax(probabilities, dim=1)
    return Result(
        accuracy(predicted, val_part.labels),
        macro_f1(predicted, val_part.labels),
        float(F.nll_loss(probabilities.log(), val_part.labels)),
        trained.epoch,
        pflop,
        seconds,
    )


def line(seed: str, result: Result) -> str:
    return (
        f"| {seed} | {result.accuracy:.2%} | {result.macro_f1:.3f} | {result.loss:.4f} "
        f"| {result.epoch} | {result.pflop:.4f} | {result.cpu_seconds:.0f} |"
    )


def summary(results: list[Result]) -> str:
    accuracies = [result.accuracy for result in results]
    return (
        f"\nmean {mean(accuracies):.2%}, standard deviation {stdev(accuracies):.2%}, "
        f"from {min(accuracies):.2%} to {max(accuracies):.2%}; "
        f"macro-F1 {mean(result.macro_f1 for result in results):.3f}, "
        f"loss {mean(result.loss for result in results):.4f}"
    )


if __name__ == "__main__":
    exit_on_bad_input(main)
