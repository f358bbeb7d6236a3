"""The parts of speed.py that compute: a training step, an epoch, evaluation.

Of the published models the notebook has a run too; the others have its columns empty.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks import floor, notebook
from benchmarks.rounds import Measure, Seconds, by_turns, print_table, rate, ratios, shares, timed
from benchmarks.workshop import Workshop
from fer2013.base.constants import SIDE
from fer2013.model.device import autocast, prepare_device
from fer2013.model.inference import Predictor, to_grey, to_input
from fer2013.training.config import Config
from fer2013.training.loop import train_one_epoch, train_step, validate
from fer2013.training.resizing import resize, side_at_epoch
from fer2013.training.run import start
from fer2013.training.sampling import Batch
from fer2013.training.steps import Step

HEADER = ("pipeline, images/s", "notebook, images/s", "ratio")
FLOOR = ("floor, images/s", "share of the floor")
BATCH = 128  # of the steps that are timed; epochs take their recipe's
CPU = torch.device("cpu")


def step(workshop: Workshop) -> None:
    """Steps on normalised faces that are in memory."""
    header = (f"a step on {BATCH} faces", *HEADER, *FLOOR)
    print_table(header, (step_line(workshop, model) for model in workshop.models))


def step_line(workshop: Workshop, model: str) -> list[str]:
    config, part, steps = workshop.config(model), workshop.part("train"), workshop.steps
    x, y = part.faces[:BATCH], part.labels[:BATCH]
    ours, least, *theirs = by_turns(
        workshop.rounds,
        lambda: our_steps(config, x, y, steps),
        lambda: floor_of(config, x, steps),
        *notebook_has(config, lambda: notebook_steps(config, x, y, steps)),
    )
    return [f"`{model}`", *compared(ours, *theirs), rate(least), shares(least, ours)]


def our_steps(config: Config, x: Tensor, y: Tensor, steps: int) -> Measure:
    """→ seconds a face"""
    run = start(config, prepare_device("cpu", config.train.threads))
    criterion = config.loss.criterion(y)
    batch = Batch(epoch=0, start=0, faces=np.arange(len(y)))
    x = as_input(to_grey(x, CPU), config)
    step = Step(index=0, batch=batch, shard=batch, x=x, target=y, weight=1.0)

    def some(steps: int) -> None:
        for _ in range(steps):
            train_step(run, run.network.train(), step, criterion, config)
            if run.ema is not None:
                run.ema.update_parameters(run.network)

    return warmed_up(some, steps, len(y))


def notebook_steps(config: Config, x: Tensor, y: Tensor, steps: int) -> Measure:
    """→ seconds a face"""
    network, criterion, optimizer, _ = notebook.set_up(config, y.numpy())
    batch = (as_input(to_grey(x, CPU), config).contiguous(), y)

    def some(steps: int) -> None:
        batches = [batch] * steps
        notebook.train_one_epoch(network, batches, criterion, optimizer, config.optim.clip_norm)

    return warmed_up(some, steps, len(y))


def warmed_up(some: Callable[[int], None], steps: int, faces: int) -> Measure:
    """Time so many steps after another one. → seconds a face"""

    def measure() -> float:
        some(1)
        return timed(lambda: some(steps)) / (steps * faces)

    return measure


def floor_of(config: Config, x: Tensor, repeats: int, side: int = SIDE) -> Measure:
    """→ seconds a face, where faces are resized to a side"""
    network = start(config, prepare_device("cpu", config.train.threads)).network
    grey = to_grey(x, CPU)
    with autocast(CPU, config.train.precision):
        calls = floor.layer_calls(network, as_input(resize(grey, side), config))

    def measure() -> float:
        with autocast(CPU, config.train.precision):
            return floor.seconds(calls, repeats) / len(x)

    return measure


def as_input(grey: Tensor, config: Config) -> Tensor:
    return to_input(grey, config.normalize, channels_last=config.train.channels_last)


def epoch(workshop: Workshop) -> None:
    """The first epoch, training and validation; the floor's share is of the training alone."""
    header = ("an epoch", *HEADER, *FLOOR)
    print_table(header, (epoch_line(workshop, model) for model in workshop.models))


def epoch_line(workshop: Workshop, model: str) -> list[str]:
    config, faces = workshop.config(model), workshop.part("train").faces
    x, side = faces[: config.train.batch_size], first_side(config)
    both, least, *theirs = by_turns(
        workshop.rounds,
        lambda: our_epochs(config, workshop),
        lambda: floor_of(config, x, workshop.steps, side),
        *notebook_has(config, lambda: notebook_epochs(config, workshop)),
    )
    ours, training = zip(*both, strict=True)
    return [f"`{model}`", *compared(ours, *theirs), rate(least), shares(least, training)]


def first_side(config: Config) -> int:
    return side_at_epoch(0, config.train.sides, config.train.epochs)


def our_epochs(config: Config, workshop: Workshop) -> Measure:
    """→ seconds a face, and those of training alone"""
    train, val = config.train, workshop.part("val")
    faces = workshop.part("train").for_training(
        drop_blank=train.drop_blank, drop_conflicting=train.drop_conflicting
    )
    run = start(config, prepare_device("cpu", config.train.threads))
    criterion = config.loss.criterion(faces.labels)

    def measure() -> tuple[float, float]:
        training = timed(lambda: train_one_epoch(run, faces, criterion, config))
        validation = timed(lambda: validate(run.result, val, criterion, config))
        return (training + validation) / len(faces), training / len(faces)

    return measure


def notebook_epochs(config: Config, workshop: Workshop) -> Measure:
    """→ seconds a face"""
    train, val = workshop.tables
    network, criterion, optimizer, _ = notebook.set_up(config, train.emotion.to_numpy())
    batches, val_batches = notebook.train_loader(train, config), notebook.val_loader(val, config)

    def one() -> None:
        notebook.train_one_epoch(network, batches, criterion, optimizer, config.optim.clip_norm)
        notebook.validate(network, val_batches)

    return lambda: timed(one) / len(train)


def evaluation(workshop: Workshop) -> None:
    """From the disk to a class or a probability for each validation face."""
    header = ("evaluation", *HEADER)
    print_table(header, (evaluation_line(workshop, model) for model in workshop.models))


def evaluation_line(workshop: Workshop, model: str) -> list[str]:
    config = workshop.config(model)
    measured = by_turns(
        workshop.rounds,
        lambda: our_evaluation(config, workshop),
        *notebook_has(config, lambda: notebook_evaluation(config, workshop)),
    )
    return [f"`{model}`", *compared(*measured)]


def our_evaluation(config: Config, workshop: Workshop) -> Measure:
    """→ seconds a face"""
    network = start(config, prepare_device("cpu", config.train.threads)).network
    channels_last = config.train.channels_last
    predictor = Predictor(network, config.normalize, config.evaluate, channels_last=channels_last)
    faces = len(workshop.part("val"))
    return lambda: timed(lambda: predictor.probabilities(workshop.part("val").faces)) / faces


def notebook_evaluation(config: Config, workshop: Workshop) -> Measure:
    """→ seconds a face"""
    val = workshop.tables[1]
    network, *_ = notebook.set_up(config, val.emotion.to_numpy())
    batches = notebook.val_loader(val, config)
    return lambda: timed(lambda: notebook.validate(network, batches)) / len(val)


def notebook_has(config: Config, ready: Callable[[], Measure]) -> Iterator[Callable[[], Measure]]:
    if notebook.has(config):
        yield ready


def compared(ours: Seconds, theirs: Seconds | None = None) -> tuple[str, str, str]:
    if theirs is None:
        return rate(ours), "", ""
    return rate(ours), rate(theirs), ratios(theirs, ours)
