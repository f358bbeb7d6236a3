"""The measurements of speed.py that compute: a training step, an epoch, evaluation.

The notebook has only the published models; its columns are empty for the others.
"""

from collections.abc import Callable, Iterator

import numpy as np
from torch import Tensor

from benchmarks import floor, notebook
from benchmarks.rounds import (
    Measure,
    Seconds,
    by_turns,
    fractions,
    print_table,
    rate,
    ratios,
    timed,
)
from benchmarks.workspace import Workspace
from fer2013.core.config import Config
from fer2013.core.inference import Predictor, to_grey, to_input
from fer2013.core.loading import Step
from fer2013.core.loop import train_one_epoch, train_step, validate
from fer2013.core.networks import build
from fer2013.core.run import start
from fer2013.core.sampling import Batch

HEADER = ("pipeline, images/s", "notebook, images/s", "ratio")
FLOOR = ("floor, images/s", "share of the floor")
BATCH = 128  # for timed steps; epochs have the recipe's batch size


def step(workspace: Workspace) -> None:
    """Steps on normalised faces that are in memory."""
    header = (f"a step on {BATCH} faces", *HEADER, *FLOOR)
    print_table(header, (step_line(workspace, model) for model in workspace.models))


def step_line(workspace: Workspace, model: str) -> list[str]:
    config, part, steps = workspace.config(model), workspace.part("train"), workspace.steps
    x, y = part.faces[:BATCH], part.labels[:BATCH]
    ours, least, *theirs = by_turns(
        workspace.rounds,
        lambda: our_steps(config, x, y, steps),
        lambda: floor_of(config, x, steps),
        *if_notebook_supports(config, lambda: notebook_steps(config, x, y, steps)),
    )
    return [f"`{model}`", *compared(ours, *theirs), rate(least), fractions(least, ours)]


def our_steps(config: Config, x: Tensor, y: Tensor, steps: int) -> Measure:
    """→ seconds per face"""
    compute = config.train.prepare()
    run = start(config, compute, y)
    batch = Batch(epoch=0, start=0, faces=np.arange(len(y)))
    step = Step(batch=batch, shard=batch, x=as_input(x, config), target=y, weight=1.0)

    def some(steps: int) -> None:
        for _ in range(steps):
            train_step(run, run.network.train(), step)

    return warmed_up(some, steps, len(y))


def notebook_steps(config: Config, x: Tensor, y: Tensor, steps: int) -> Measure:
    """→ seconds per face"""
    network, criterion, optimizer, _ = notebook.set_up(config, y.numpy())
    batch = (as_input(x, config).contiguous(), y)

    def some(steps: int) -> None:
        batches = [batch] * steps
        notebook.train_one_epoch(network, batches, criterion, optimizer, config.optim.clip_norm)

    return warmed_up(some, steps, len(y))


def warmed_up(some: Callable[[int], None], steps: int, faces: int) -> Measure:
    """Time `steps` steps, after one to warm up. → seconds per face"""

    def measure() -> float:
        some(1)
        return timed(lambda: some(steps)) / (steps * faces)

    return measure


def floor_of(config: Config, x: Tensor, repeats: int) -> Measure:
    """→ seconds per face"""
    compute = config.train.prepare()
    network = compute.place(build(config.network))
    with compute.autocast():
        calls = floor.layer_calls(network, as_input(x, config))

    def measure() -> float:
        with compute.autocast():
            return floor.seconds(calls, repeats) / len(x)

    return measure


def as_input(faces: Tensor, config: Config) -> Tensor:
    compute = config.train.prepare()
    return to_input(to_grey(faces, compute), config.normalize, compute)


def epoch(workspace: Workspace) -> None:
    """The first epoch: training and validation. The floor is compared with the training alone."""
    header = ("an epoch", *HEADER, *FLOOR)
    print_table(header, (epoch_line(workspace, model) for model in workspace.models))


def epoch_line(workspace: Workspace, model: str) -> list[str]:
    config, faces = workspace.config(model), workspace.part("train").faces
    x = faces[: config.train.batch_size]
    both, least, *theirs = by_turns(
        workspace.rounds,
        lambda: our_epochs(config, workspace),
        lambda: floor_of(config, x, workspace.steps),
        *if_notebook_supports(config, lambda: notebook_epochs(config, workspace)),
    )
    ours, training = zip(*both, strict=True)
    return [f"`{model}`", *compared(ours, *theirs), rate(least), fractions(least, training)]


def our_epochs(config: Config, workspace: Workspace) -> Measure:
    """→ seconds per face, and those of training alone"""
    val, faces = workspace.part("val"), workspace.part("train")
    compute = config.train.prepare()
    run = start(config, compute, faces.labels)

    def measure() -> tuple[float, float]:
        training = timed(lambda: train_one_epoch(run, faces))
        validation = timed(lambda: validate(run, val))
        return (training + validation) / len(faces), training / len(faces)

    return measure


def notebook_epochs(config: Config, workspace: Workspace) -> Measure:
    """→ seconds per face"""
    train, val = workspace.tables
    network, criterion, optimizer, _ = notebook.set_up(config, train.emotion.to_numpy())
    batches, val_batches = notebook.train_loader(train, config), notebook.val_loader(val, config)

    def one() -> None:
        notebook.train_one_epoch(network, batches, criterion, optimizer, config.optim.clip_norm)
        notebook.validate(network, val_batches)

    return lambda: timed(one) / len(train)


def evaluation(workspace: Workspace) -> None:
    """From the disk to a prediction for each validation face."""
    header = ("evaluation", *HEADER)
    print_table(header, (evaluation_line(workspace, model) for model in workspace.models))


def evaluation_line(workspace: Workspace, model: str) -> list[str]:
    config = workspace.config(model)
    measured = by_turns(
        workspace.rounds,
        lambda: our_evaluation(config, workspace),
        *if_notebook_supports(config, lambda: notebook_evaluation(config, workspace)),
    )
    return [f"`{model}`", *compared(*measured)]


def our_evaluation(config: Config, workspace: Workspace) -> Measure:
    """→ seconds per face"""
    compute = config.train.prepare()
    predictor = Predictor(
        compute.place(build(config.network)), config.normalize, config.evaluate, compute
    )
    faces = len(workspace.part("val"))
    return lambda: timed(lambda: predictor.probabilities(workspace.part("val").faces)) / faces


def notebook_evaluation(config: Config, workspace: Workspace) -> Measure:
    """→ seconds per face"""
    val = workspace.tables[1]
    network, *_ = notebook.set_up(config, val.emotion.to_numpy())
    batches = notebook.val_loader(val, config)
    return lambda: timed(lambda: notebook.validate(network, batches)) / len(val)


def if_notebook_supports(
    config: Config, ready: Callable[[], Measure]
) -> Iterator[Callable[[], Measure]]:
    if notebook.supports(config):
        yield ready


def compared(ours: Seconds, theirs: Seconds | None = None) -> tuple[str, str, str]:
    if theirs is None:
        return rate(ours), "", ""
    return rate(ours), rate(theirs), ratios(theirs, ours)
