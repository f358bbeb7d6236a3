"""How fast a model trains, beside what its layers alone would take (floor.py).

    python -m benchmarks.speed sprint mentor champion
    python -m benchmarks.speed resnet --faces 3000 --rounds 1

A step is one on the recipe's first batch, which is in memory; an epoch has augmentation too. Both
are without teachers and validation, in images per second: medians over the rounds, in which the
two and the floor take turns. The share of the floor has the lowest and the highest round in
brackets. It needs the tensors of the real data (dvc repro tensors).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks import floor
from benchmarks.rounds import Measure, by_turns, print_table, rate, timed, with_spread
from fer2013.core.config import Config, resolve
from fer2013.core.inference import to_grey, to_input
from fer2013.core.loop import train_one_epoch, train_step
from fer2013.core.networks import build
from fer2013.core.parts import Part, read_part
from fer2013.core.run import start
from fer2013.core.sampling import Batch
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.core.steps import Step
from fer2013.runtime.errors import exit_on_bad_input

HEADER = ("model", "training", "images/s", "floor, images/s", "share of the floor")


def main() -> None:
    params = read_yaml(PARAMS)
    options = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    options.add_argument("models", nargs="+", metavar="model", choices=read_models(params))
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--steps", type=int, default=5, help="in a round")
    options.add_argument("--faces", type=int, help="only the first training faces")
    given = options.parse_args()
    part = read_part(Path("data/tensors/train.safetensors"))
    part = Part(**{name: tensor[: given.faces] for name, tensor in vars(part).items()})
    configs = {model: resolve(params, model) for model in given.models}
    rows = (
        row
        for model, config in configs.items()
        for row in compared(model, config, part, given.rounds, given.steps)
    )
    print_table(HEADER, rows)


def compared(
    model: str, config: Config, part: Part, rounds: int, steps: int
) -> Iterator[list[str]]:
    config = config.model_copy(update={"teachers": None})
    step, epoch, least = by_turns(
        rounds,
        lambda: steps_of(config, part, steps),
        lambda: epoch_of(config, part),
        lambda: floor_of(config, part, steps),
    )
    for what, seconds in (("a step", step), ("an epoch", epoch)):
        shares = [a / b for a, b in zip(least, seconds, strict=True)]
        cells = [rate(seconds), rate(least), with_spread(shares, "{:.0%}")]
        yield [f"`{model}`", what, *cells]


def steps_of(config: Config, part: Part, steps: int) -> Measure:
    """→ seconds per face"""
    run = start(config, config.train.prepare(), part.labels)
    x, y = first_batch(config, part)
    batch = Batch(epoch=0, start=0, faces=np.arange(len(y)))
    step = Step(batch=batch, shard=batch, x=x, target=y, weight=1.0)

    def some(steps: int) -> None:
        for _ in range(steps):
            train_step(run, run.network.train(), step)

    def measure() -> float:
        some(1)  # to warm up
        return timed(lambda: some(steps)) / (steps * len(y))

    return measure


def epoch_of(config: Config, part: Part) -> Measure:
    """→ seconds per face"""
    run = start(config, config.train.prepare(), part.labels)
    return lambda: timed(lambda: train_one_epoch(run, part)) / len(part)


def floor_of(config: Config, part: Part, repeats: int) -> Measure:
    """→ seconds per face"""
    compute = config.train.prepare()
    network = compute.place(build(config.network))
    x, _ = first_batch(config, part)
    with compute.autocast():
        calls = floor.layer_calls(network, x)

    def measure() -> float:
        with compute.autocast():
            return floor.seconds(calls, repeats) / len(x)

    return measure


def first_batch(config: Config, part: Part) -> tuple[Tensor, Tensor]:
    """→ input [B, 1, 48, 48], labels [B]"""
    compute, size = config.train.prepare(), config.train.batch_size
    x = to_input(to_grey(part.faces[:size], compute), config.normalize, compute)
    return x, part.labels[:size]


if __name__ == "__main__":
    exit_on_bad_input(main)
