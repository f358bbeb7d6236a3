"""The training loop.

What is notable about it: no random state is carried along. Each epoch's order, augmentation and
dropout start from seeds derived from (seed, epoch), so a run that was killed and resumed at an
epoch's start ends with the bytes of one that was not, whatever the number of workers.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from fer2013.base.constants import CLASSES
from fer2013.base.metrics import accuracy, macro_f1
from fer2013.base.parts import Part
from fer2013.base.seeds import derive_seed
from fer2013.model import networks
from fer2013.model.device import placed, prepare_device, rounded
from fer2013.model.inference import grey_levels, network_input, predict_logits
from fer2013.runtime.errors import BadInput
from fer2013.training import distributed
from fer2013.training.batch_augment import BatchChain
from fer2013.training.config import Config, Train
from fer2013.training.distillation import taught
from fer2013.training.ema import moving_average
from fer2013.training.loading import load
from fer2013.training.losses import Criterion, build_criterion
from fer2013.training.mixing import Mixer
from fer2013.training.optimizers import OPTIMIZERS, Optimizers
from fer2013.training.resizing import resized, side_in, try_sides
from fer2013.training.resume import ResumeFile
from fer2013.training.sampling import Batch, epoch_batches, part_of
from fer2013.training.schedules import SCHEDULES

Weights = dict[str, Tensor]
Epoch = dict[str, float]  # one row of the history


@dataclass
class Run:
    """All that changes while a model trains. The resume file holds just this."""

    network: nn.Module
    average: AveragedModel | None  # of the network, if train.ema asks for one
    optimizers: Optimizers
    history: list[Epoch]
    best: Weights

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and kept."""
        return self.network if self.average is None else self.average.module

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "history": self.history,
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        for optimizer, own in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(own)
        self.history, self.best = state["history"], state["best"]


@dataclass(frozen=True)
class Trained:
    weights: Weights
    epoch: int  # whose weights they are, counted from 1
    history: list[Epoch]


def ignore(row: Epoch) -> None:
    """An `on_epoch` for runs that nobody watches."""


def train(
    config: Config,
    train_part: Part,
    val_part: Part,
    resume: ResumeFile,
    on_epoch: Callable[[Epoch], None] = ignore,
    *,
    teachers: Sequence[nn.Module] = (),
) -> Trained:
    """Train to the last epoch, or until validation accuracy has stopped rising.

    `teachers` are the networks of `config.teachers`.

    `on_epoch` is told of each epoch; a resumed run tells of those before the resume again. Of
    several processes each returns the same; only the first reads and writes the resume file.
    """
    device = prepare_device(config.train.device, config.train.threads)
    faces = train_part.for_training(config.train)
    run = start(config, device)
    criterion = build_criterion(config.loss, faces.labels)
    teachers = [placed(teacher, config.train, device).eval() for teacher in teachers]
    state = distributed.from_leader(resume.load() if distributed.leads() else None)
    if state is not None:
        run.restore(state)
        for row in run.history:
            on_epoch(row)
        say(f"resumed after epoch {len(run.history)}")
    while not finished(run.history, config.train):
        row = train_one_epoch(run, faces, criterion, config, teachers)
        row |= validate(run.judged, val_part, criterion, config)
        if not math.isfinite(row["train_loss"] + row["val_loss"]):
            raise BadInput(
                f"training diverged: the loss of epoch {row['epoch']} is no longer a number; "
                "try a lower optim.lr or a clip_norm."
            )
        run.history.append(row)
        if best_epoch(run.history) == len(run.history):
            run.best = copied(run.judged)
        on_epoch(row)
        if distributed.leads():
            resume.save(run.state())
        say(in_words(row, config.train.epochs))
    if config.train.keep == "last":
        return Trained(copied(run.judged), len(run.history), run.history)
    return Trained(run.best, best_epoch(run.history), run.history)


def start(config: Config, device: torch.device) -> Run:
    """Build the network with its seeded first weights, and what makes it learn."""
    torch.manual_seed(derive_seed(config.seed, "weights"))
    network = placed(networks.build(config.network), config.train, device)
    try_sides(network, config)
    average = moving_average(network, config.train.ema) if config.train.ema else None
    optimizers = OPTIMIZERS[config.optim.name](network, config.optim)
    for group in groups_of(optimizers):
        group["initial_lr"] = group["lr"]
    return Run(network, average, optimizers, history=[], best={})


def train_one_epoch(
    run: Run, faces: Part, criterion: Criterion, config: Config, teachers: Sequence[nn.Module] = ()
) -> Epoch:
    """One pass over an epoch's draws. Its accuracy is that of the augmented faces as they came."""
    epoch, rank, processes = len(run.history), distributed.rank(), distributed.size()
    batches = epoch_batches(
        config.sampler.name, faces.labels, config.train.batch_size, config.seed, epoch
    )
    parts = [part_of(batch, rank, processes) for batch in batches]
    labels = faces.labels[np.concatenate([batch.faces for batch in batches])]
    chain = BatchChain(config.augment_batch, config.seed, epoch, places=len(faces))
    mixer = Mixer(config.mix, config.seed, epoch, config.train.epochs, places=len(faces))
    side, device = side_in(epoch, config.train), next(run.network.parameters()).device
    losses = torch.zeros(len(batches), dtype=torch.float64)
    guesses = torch.zeros_like(labels)
    torch.manual_seed(derive_seed(config.seed, "dropout", epoch, *([rank] if rank else [])))
    network = distributed.in_parallel(run.network.train())
    started = time.perf_counter()
    with progress_bar(f"epoch {epoch + 1}", len(labels)) as bar:
        for step, pixels in enumerate(load(faces, parts, config)):
            batch, part = batches[step], parts[step]
            grey = resized(chain(grey_levels(pixels, device), part.place), side)
            own = faces.labels[part.faces].to(device)
            x, y = mixer(network_input(grey, config), own, part.place)
            if config.teachers:
                with rounded(config.train, device):
                    y = taught(y, x, teachers, config.teachers.weight)
            lr = set_lr(run.optimizers, config, epoch + step / len(batches))
            share = share_of_loss(batch, faces.labels, criterion)
            loss, logits = train_step(run, network, x, y, criterion, share=share, config=config)
            if run.average is not None:
                run.average.update_parameters(run.network)
            losses[step] = float(loss) * share * len(batch.faces)
            if distributed.leads() or part is not batch:
                guesses[part.place : part.place + len(y)] = logits.argmax(dim=1).cpu()
            bar.update(len(batch.faces))
            distributed.stop_if_orphaned()
    losses, guesses = distributed.summed(losses), distributed.summed(guesses)
    return {
        "epoch": epoch + 1,
        "lr": lr,
        "train_loss": sum(losses.tolist()) / len(labels),
        "train_accuracy": accuracy(guesses, labels),
        "train_macro_f1": macro_f1(guesses, labels),
        "images_per_second": len(labels) / (time.perf_counter() - started),
    }


def share_of_loss(batch: Batch, labels: Tensor, criterion: Criterion) -> float:
    """How much this process's part of a batch counts in the mean over all parts."""
    processes = range(distributed.size())
    divisors = [
        criterion.divisor(labels[part_of(batch, rank, len(processes)).faces]) for rank in processes
    ]
    return divisors[distributed.rank()] / sum(divisors)


def train_step(
    run: Run,
    network: nn.Module,
    x: Tensor,
    y: Tensor,
    criterion: Criterion,
    *,
    share: float,
    config: Config,
) -> tuple[Tensor, Tensor]:
    """One step on normalised faces [B, 1, 48, 48]. → loss, logits [B, 7]

    `y` are labels [B], or probabilities [B, 7] where faces are mixed or there are teachers.

    `network` is the run's, wrapped by `distributed.in_parallel`.
    """
    with rounded(config.train, x.device):
        logits = network(x)
    loss = criterion(logits.to(torch.get_default_dtype()), y.to(x.device))
    network.zero_grad(set_to_none=True)
    # DDP averages evenly, but the parts of a batch may differ in size.
    (loss * (share * distributed.size())).backward()
    if config.optim.clip_norm is not None:
        nn.utils.clip_grad_norm_(network.parameters(), config.optim.clip_norm)
    for optimizer in run.optimizers:
        optimizer.step()
    return loss.detach(), logits.detach()


def validate(network: nn.Module, part: Part, criterion: Criterion, config: Config) -> Epoch:
    """Loss, accuracy and macro-F1 on the plain validation faces; each process does some."""
    distributed.same_buffers(network)
    first, end = distributed.my_part(len(part.faces))
    logits = torch.zeros(len(part.faces), len(CLASSES))
    logits[first:end] = predict_logits(network, part.faces[first:end], config, view="plain")
    logits = distributed.summed(logits)
    predicted = logits.argmax(dim=1)  # [N, 7] → [N]
    return {
        "val_loss": float(criterion(logits, part.labels)),
        "val_accuracy": accuracy(predicted, part.labels),
        "val_macro_f1": macro_f1(predicted, part.labels),
    }


def progress_bar(title: str, images: int) -> tqdm:
    hidden = None if distributed.leads() else True  # None: unless a terminal watches
    return tqdm(total=images, unit="img", desc=title, disable=hidden, leave=False)


def say(sentence: str) -> None:
    if distributed.leads():
        print(sentence, flush=True)


def set_lr(optimizers: Optimizers, config: Config, time: float) -> float:
    """Set the schedule's learning rates for a time in epochs, and return `optim.lr`'s."""
    schedule = SCHEDULES[config.schedule.name]
    share = schedule(time, config.train.epochs, config.schedule)
    for group in groups_of(optimizers):
        group["lr"] = group["initial_lr"] * share
    return config.optim.lr * share


def groups_of(optimizers: Optimizers) -> list[dict[str, Any]]:
    return [group for optimizer in optimizers for group in optimizer.param_groups]


def finished(history: list[Epoch], options: Train) -> bool:
    if len(history) >= options.epochs:
        return True
    if options.patience is None or not history:
        return False
    return len(history) - best_epoch(history) >= options.patience


def best_epoch(history: list[Epoch]) -> int:
    """The first epoch, counted from 1, with the highest validation accuracy."""
    return 1 + int(np.argmax([row["val_accuracy"] for row in history]))


def copied(network: nn.Module) -> Weights:
    return {
        name: value.cpu().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }


def in_words(row: Epoch, epochs: int) -> str:
    return (
        f"epoch {row['epoch']:.0f}/{epochs}  lr {row['lr']:.2g}"
        f"  train loss {row['train_loss']:.4f} accuracy {row['train_accuracy']:.4f}"
        f"  val loss {row['val_loss']:.4f} accuracy {row['val_accuracy']:.4f}"
        f" macro-F1 {row['val_macro_f1']:.4f}  {row['images_per_second']:.0f} images/s"
    )
