"""The measurements of speed.py that read and augment faces."""

from collections import deque
from functools import partial

import numpy as np
import torch
from pydantic import TypeAdapter

from benchmarks import notebook
from benchmarks.rounds import Measure, Seconds, by_turns, print_table, ratios, timed, with_spread
from benchmarks.workspace import Workspace
from fer2013.core.augment import Augmentation
from fer2013.core.batch_augment import BatchAugmenter
from fer2013.core.config import Config
from fer2013.core.inference import to_grey, to_input
from fer2013.core.loading import load
from fer2013.core.sampling import epoch_batches

MODEL = "resnet"  # the model whose recipe is used
BATCHWISE = "sprint"  # whose batch augmentations are used; the notebook augments single faces
AUGMENTATION: TypeAdapter[Augmentation] = TypeAdapter(Augmentation)
HEADER = ("seconds", "pipeline", "notebook", "ratio")


def ingest(workspace: Workspace) -> None:
    def parse_all() -> np.ndarray:
        table = notebook.read_csv(workspace.csv)
        return np.stack([np.array(text.split(), dtype=np.uint8) for text in table.pixels])

    seconds = by_turns(
        workspace.rounds,
        lambda: lambda: timed(workspace.ingest),
        lambda: lambda: timed(parse_all),
    )
    print_table(HEADER, [line("the file's faces as numbers", *seconds)])


def input_path(workspace: Workspace) -> None:
    """From the file to batches of network input."""
    config, changes = workspace.config(MODEL), workspace.config(BATCHWISE).augment_batch
    unchanged = config.model_copy(update={"augment": []})
    batchwise = unchanged.model_copy(update={"augment_batch": changes})
    same = [AUGMENTATION.validate_python(change.model_dump()) for change in changes]
    facewise = config.model_copy(update={"augment": same})
    measured = by_turns(
        workspace.rounds,
        lambda: our_ways(workspace, config, batchwise, unchanged),
        lambda: notebook_ways(workspace, config, facewise, unchanged),
    )
    read, *epochs_of = zip(*(zip(*values, strict=True) for values in measured), strict=True)
    lines = [line("before the first batch", *read)]
    kinds = (f"{MODEL}'s augmented", f"{BATCHWISE}'s augmented", "unchanged")
    for kind, epoch in zip(kinds, epochs_of, strict=True):
        lines.append(line(f"an epoch of {kind} faces", *epoch))
        for epochs in (1, config.train.epochs):
            both = [plus(once, each, epochs) for once, each in zip(read, epoch, strict=True)]
            lines.append(line(f"both, for {epochs} of {kind} faces", *both))
    print_table(HEADER, lines)


def our_ways(workspace: Workspace, *configs: Config) -> Measure:
    """→ seconds before the first batch, and of an epoch with each configuration"""

    def epoch(config: Config) -> None:
        compute = config.train.prepare()
        faces, size = workspace.part("train"), config.train.batch_size
        batches = epoch_batches(config.sampler, faces.labels, size, config.seed, epoch=0)
        augment = BatchAugmenter(config.augment_batch, config.seed, epoch=0, count=len(faces))
        images = load(faces, batches, config, compute.device)
        for batch, pixels in zip(batches, images, strict=True):
            to_input(augment(to_grey(pixels, compute), batch.span), config.normalize, compute)

    def measure() -> list[float]:
        return [timed(workspace.prepare), *(timed(partial(epoch, config)) for config in configs)]

    return measure


def notebook_ways(workspace: Workspace, *configs: Config) -> Measure:
    """→ the same, of the notebook"""
    torch.set_num_threads(configs[0].train.threads)

    def epoch(config: Config) -> None:
        deque(notebook.train_loader(workspace.tables[0], config), maxlen=0)

    def measure() -> list[float]:
        read = timed(lambda: notebook.split(notebook.read_csv(workspace.csv)))
        assert workspace.tables  # reads them now, so that the epochs do not
        return [read, *(timed(partial(epoch, config)) for config in configs)]

    return measure


def plus(once: Seconds, each: Seconds, times: int) -> Seconds:
    return [a + times * b for a, b in zip(once, each, strict=True)]


def line(what: str, ours: Seconds, theirs: Seconds) -> list[str]:
    return [what, *(with_spread(s, "{:.2f}") for s in (ours, theirs)), ratios(theirs, ours)]
