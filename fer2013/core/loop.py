"""The training loop: epochs until the last one, or until validation accuracy stops rising.

It is reproducible to the byte. The order, augmentation and dropout of each epoch depend on (seed,
epoch) only, so a run that was killed and resumed gives the same weights as an uninterrupted one,
with any number of worker processes.
"""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from fer2013.core import distributed
from fer2013.core.config import Config, Train
from fer2013.core.device import Compute
from fer2013.core.inference import Predictor
from fer2013.core.loading import Step, epoch_steps
from fer2013.core.metrics import accuracy, macro_f1
from fer2013.core.parts import Part
from fer2013.core.run import Epoch, Run, Trained, Weights, start
from fer2013.core.sampling import epoch_batches
from fer2013.core.seeds import derive_seed
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile


def no_callback(row: Epoch) -> None:
    """The default `on_epoch`, which does nothing."""


def train(
    config: Config,
    compute: Compute,
    faces: Part,
    val: Part,
    resume: ResumeFile,
    *,
    on_epoch: Callable[[Epoch], None] = no_callback,
    teachers: Sequence[nn.Module] = (),
) -> Trained:
    """Train until the last epoch, or until validation accuracy has stopped rising.

    Of several processes, rank 0's result counts; only it uses the resume file.

    Args:
        config: the model's configuration.
        compute: what `config.train.prepare` has returned.
        faces: the faces to train on.
        val: the faces to validate on.
        resume: the run's resume file.
        on_epoch: is called with the history's row of each epoch. A resumed run calls it again for
            the epochs before the interruption.
        teachers: the networks of `config.teachers`.

    Raises:
        BadInput: the loss is no longer a finite number.
    """
    run = start(config, compute, faces.labels, teachers)
    restore(run, resume, on_epoch)
    while not finished(run.history, config.train):
        row = train_one_epoch(run, faces)
        row |= distributed.broadcast(validate(run, val) if distributed.is_rank0() else None)
        if not math.isfinite(row["train_loss"] + row["val_loss"]):
            raise BadInput(
                f"training diverged: the loss of epoch {row['epoch']} is not a finite number; "
                "try a lower optim.lr or a clip_norm."
            )
        run.history.append(row)
        if best_epoch(run.history) == len(run.history):
            run.best = cpu_weights(run.result)
        on_epoch(row)
        if distributed.is_rank0():
            resume.save(run.state())
            print(format_epoch(row, config.train.epochs), flush=True)
    if config.train.keep == "last":
        return Trained(cpu_weights(run.result), len(run.history), run.history)
    return Trained(run.best, best_epoch(run.history), run.history)


def restore(run: Run, resume: ResumeFile, on_epoch: Callable[[Epoch], None]) -> None:
    """Continue from the resume file, if there is one."""
    state = distributed.broadcast(resume.load() if distributed.is_rank0() else None)
    if state is None:
        return
    run.restore(state)
    for row in run.history:
        on_epoch(row)
    if distributed.is_rank0():
        print(f"resumed after epoch {len(run.history)}", flush=True)


def train_one_epoch(run: Run, faces: Part) -> Epoch:
    """Train for one epoch and return its row of the history, without validation.

    The train loss, accuracy and macro-F1 are those of the augmented faces during training.
    """
    started, epoch, config = time.perf_counter(), len(run.history), run.config
    size, processes = config.train.batch_size, distributed.size()
    batches = epoch_batches(
        config.sampler, faces.labels, size, config.seed, epoch, processes=processes
    )
    labels = faces.labels[np.concatenate([batch.faces for batch in batches])]
    # They stay on the device: reading them in each step would make the loop wait for it.
    losses = torch.zeros((), dtype=torch.float64, device=run.compute.device)
    predicted = torch.zeros_like(labels, device=run.compute.device)
    seed_dropout(config.seed, epoch)
    network = distributed.wrap_ddp(run.network.train())
    hidden = None if distributed.is_rank0() else True  # None: hidden unless stderr is a terminal
    title = f"epoch {epoch + 1}"
    with tqdm(total=len(labels), unit="img", desc=title, disable=hidden, leave=False) as bar:
        for index, step in enumerate(epoch_steps(run, faces, batches)):
            lr = set_lr(run, epoch + index / len(batches))
            loss, logits = train_step(run, network, step)
            losses += loss.double() * step.weight * len(step.batch.faces)
            predicted[step.shard.span] = logits.argmax(dim=1)
            bar.update(len(step.batch.faces))
    predicted = distributed.all_reduce_sum(predicted).cpu()
    return {
        "epoch": epoch + 1,
        "lr": lr,
        "train_loss": float(distributed.all_reduce_sum(losses)) / len(labels),
        "train_accuracy": accuracy(predicted, labels),
        "train_macro_f1": macro_f1(predicted, labels),
        "images_per_second": len(labels) / (time.perf_counter() - started),
    }


def train_step(run: Run, network: nn.Module, step: Step) -> tuple[Tensor, Tensor]:
    """Forward pass, backward pass, optimizer step. → the shard's mean loss, logits [B, 7]

    `network` is `run.network`, wrapped by `distributed.wrap_ddp`.
    """
    with run.compute.autocast():
        logits = network(step.x)
    loss = run.criterion(logits.to(run.compute.dtype), step.target)
    network.zero_grad(set_to_none=True)
    # DDP gives all processes equal weight, but the shards of a batch may differ in size.
    (loss * (step.weight * distributed.size())).backward()
    if run.config.optim.clip_norm is not None:
        nn.utils.clip_grad_norm_(network.parameters(), run.config.optim.clip_norm)
    for optimizer in run.optimizers:
        optimizer.step()
    if run.average is not None:
        run.average.update_parameters(run.network)
    return loss.detach(), logits.detach()


def validate(run: Run, part: Part) -> Epoch:
    """Loss, accuracy and macro-F1 on the validation faces, without test-time augmentation."""
    predictor = Predictor(run.result, run.config.normalize, run.config.evaluate, run.compute)
    logits = predictor.logits(part.faces, view="plain")
    predicted = logits.argmax(dim=1)  # [N, 7] → [N]
    return {
        "val_loss": float(run.criterion(logits, part.labels)),
        "val_accuracy": accuracy(predicted, part.labels),
        "val_macro_f1": macro_f1(predicted, part.labels),
    }


def seed_dropout(seed: int, epoch: int) -> None:
    """Seed dropout so that each process draws its own masks, and rank 0 those of a single one."""
    rank = distributed.rank()
    torch.manual_seed(derive_seed(seed, "dropout", epoch, *([rank] if rank else [])))


def set_lr(run: Run, time: float) -> float:
    """Set the learning rates for a time in epochs, and return the one that `optim.lr` gives."""
    factor = run.config.schedule.factor(time, run.config.train.epochs)
    for group in run.parameter_groups:
        group["lr"] = group["initial_lr"] * factor
    return run.config.optim.lr * factor


def finished(history: list[Epoch], options: Train) -> bool:
    if len(history) >= options.epochs:
        return True
    if options.patience is None or not history:
        return False
    return len(history) - best_epoch(history) >= options.patience


def best_epoch(history: list[Epoch]) -> int:
    """The first epoch, counted from 1, with the highest validation accuracy."""
    return 1 + int(np.argmax([row["val_accuracy"] for row in history]))


def cpu_weights(network: nn.Module) -> Weights:
    """A copy of the network's state on the CPU."""
    return {
        name: value.cpu().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }


def format_epoch(row: Epoch, epochs: int) -> str:
    return (
        f"epoch {row['epoch']:.0f}/{epochs}  lr {row['lr']:.2g}"
        f"  train loss {row['train_loss']:.4f} accuracy {row['train_accuracy']:.4f}"
        f"  val loss {row['val_loss']:.4f} accuracy {row['val_accuracy']:.4f}"
        f" macro-F1 {row['val_macro_f1']:.4f}  {row['images_per_second']:.0f} images/s"
    )
