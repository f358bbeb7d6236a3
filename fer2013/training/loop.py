"""The training loop: epochs until the last one, or until validation accuracy stops rising.

It is reproducible to the byte. The order, augmentation and dropout of each epoch depend on (seed,
epoch) only, so a run that was killed and resumed gives the same weights as an uninterrupted one,
with any number of worker processes.
"""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fer2013.base.constants import CLASSES
from fer2013.base.metrics import accuracy, macro_f1
from fer2013.base.parts import Part
from fer2013.base.seeds import derive_seed
from fer2013.model.device import autocast, prepare_device, to_device
from fer2013.model.inference import Predictor
from fer2013.runtime.resume_file import ResumeFile
from fer2013.training import distributed
from fer2013.training.config import Config, Train
from fer2013.training.losses import Criterion
from fer2013.training.optimizers import Optimizers
from fer2013.training.run import Epoch, Run, Trained, best_epoch, parameter_groups, start
from fer2013.training.sampling import epoch_batches
from fer2013.training.steps import Step, epoch_labels, epoch_steps
from fer2013.training.tally import Tally


def no_callback(row: Epoch) -> None:
    """The default `on_epoch`, which does nothing."""


def train(
    config: Config,
    train_part: Part,
    val_part: Part,
    resume: ResumeFile,
    on_epoch: Callable[[Epoch], None] = no_callback,
    *,
    teachers: Sequence[nn.Module] = (),
) -> Trained:
    """Train until the last epoch, or until validation accuracy has stopped rising.

    Of several processes, each returns the same result; only rank 0 uses the resume file.

    Args:
        config: the model's configuration.
        train_part: the faces to train on.
        val_part: the faces to validate on.
        resume: the run's resume file.
        on_epoch: is called with the history's row of each epoch. A resumed run calls it again for
            the epochs before the interruption.
        teachers: the networks of `config.teachers`.

    Raises:
        BadInput: the loss is no longer a finite number.
    """
    device = prepare_device(config.train.device, config.train.threads)
    faces = train_part.for_training(
        drop_blank=config.train.drop_blank, drop_conflicting=config.train.drop_conflicting
    )
    run = start(config, device)
    criterion = config.loss.criterion(faces.labels)
    channels_last = config.train.channels_last
    teachers = [to_device(net, device, channels_last=channels_last).eval() for net in teachers]
    restore(run, resume, on_epoch)
    while not finished(run.history, config.train):
        row = train_one_epoch(run, faces, criterion, config, teachers)
        row |= validate(run.result, val_part, criterion, config)
        run.add(row)
        on_epoch(row)
        if distributed.is_rank0():
            resume.save(run.state())
        print_rank0(format_epoch(row, config.train.epochs))
    return run.trained(config.train.keep)


def restore(run: Run, resume: ResumeFile, on_epoch: Callable[[Epoch], None]) -> None:
    """Continue from the resume file, if there is one."""
    state = distributed.broadcast_state(resume.load() if distributed.is_rank0() else None)
    if state is None:
        return
    run.restore(state)
    for row in run.history:
        on_epoch(row)
    print_rank0(f"resumed after epoch {len(run.history)}")


def train_one_epoch(
    run: Run, faces: Part, criterion: Criterion, config: Config, teachers: Sequence[nn.Module] = ()
) -> Epoch:
    """Train for one epoch and return its row of the history, without validation.

    The train loss, accuracy and macro-F1 are those of the augmented faces during training.
    """
    epoch, device = len(run.history), next(run.network.parameters()).device
    batches = epoch_batches(
        config.sampler, faces.labels, config.train.batch_size, config.seed, epoch
    )
    tally = Tally(epoch_labels(faces, batches), len(batches), device)
    seed_dropout(config.seed, epoch)
    network = distributed.wrap_ddp(run.network.train())
    started = time.perf_counter()
    with progress_bar(f"epoch {epoch + 1}", len(tally.labels)) as bar:
        for step in epoch_steps(
            faces, batches, criterion, config, teachers=teachers, device=device
        ):
            lr = set_lr(run.optimizers, config, epoch + step.index / len(batches))
            loss, logits = train_step(run, network, step, criterion, config)
            if run.ema is not None:
                run.ema.update_parameters(run.network)
            tally.add(step, loss, logits)
            bar.update(len(step.batch.faces))
    totals = tally.totals()
    images_per_second = len(tally.labels) / (time.perf_counter() - started)
    return {"epoch": epoch + 1, "lr": lr, **totals, "images_per_second": images_per_second}


def train_step(
    run: Run, network: nn.Module, step: Step, criterion: Criterion, config: Config
) -> tuple[Tensor, Tensor]:
    """Forward pass, backward pass, optimizer step. → the shard's mean loss, logits [B, 7]

    `network` is `run.network`, wrapped by `distributed.wrap_ddp`.
    """
    with autocast(step.x.device, config.train.precision):
        logits = network(step.x)
    loss = criterion(logits.to(torch.get_default_dtype()), step.target)
    network.zero_grad(set_to_none=True)
    # DDP gives all processes equal weight, but the shards of a batch may differ in size.
    (loss * (step.weight * distributed.size())).backward()
    if config.optim.clip_norm is not None:
        nn.utils.clip_grad_norm_(network.parameters(), config.optim.clip_norm)
    for optimizer in run.optimizers:
        optimizer.step()
    return loss.detach(), logits.detach()


def validate(network: nn.Module, part: Part, criterion: Criterion, config: Config) -> Epoch:
    """Loss, accuracy and macro-F1 on the validation faces, without test-time augmentation.

    Each process computes the logits of some of the faces.
    """
    distributed.broadcast_buffers(network)
    first, end = distributed.shard_range(len(part.faces))
    predictor = Predictor(
        network, config.normalize, config.evaluate, channels_last=config.train.channels_last
    )
    logits = torch.zeros(len(part.faces), len(CLASSES))
    logits[first:end] = predictor.logits(part.faces[first:end], view="plain")
    logits = distributed.all_reduce_sum(logits)
    predicted = logits.argmax(dim=1)  # [N, 7] → [N]
    return {
        "val_loss": float(criterion(logits, part.labels)),
        "val_accuracy": accuracy(predicted, part.labels),
        "val_macro_f1": macro_f1(predicted, part.labels),
    }


def seed_dropout(seed: int, epoch: int) -> None:
    """Seed dropout so that each process draws its own masks, and rank 0 those of a single one."""
    rank = distributed.rank()
    torch.manual_seed(derive_seed(seed, "dropout", epoch, *([rank] if rank else [])))


def progress_bar(title: str, images: int) -> tqdm:
    hidden = None if distributed.is_rank0() else True  # None: hidden unless stderr is a terminal
    return tqdm(total=images, unit="img", desc=title, disable=hidden, leave=False)


def print_rank0(text: str) -> None:
    if distributed.is_rank0():
        print(text, flush=True)


def set_lr(optimizers: Optimizers, config: Config, time: float) -> float:
    """Set the learning rates for a time in epochs, and return the one that `optim.lr` gives."""
    fraction = config.schedule.fraction(time, config.train.epochs)
    for group in parameter_groups(optimizers):
        group["lr"] = group["initial_lr"] * fraction
    return config.optim.lr * fraction


def finished(history: list[Epoch], options: Train) -> bool:
    if len(history) >= options.epochs:
        return True
    if options.patience is None or not history:
        return False
    return len(history) - best_epoch(history) >= options.patience


def format_epoch(row: Epoch, epochs: int) -> str:
    return (
        f"epoch {row['epoch']:.0f}/{epochs}  lr {row['lr']:.2g}"
        f"  train loss {row['train_loss']:.4f} accuracy {row['train_accuracy']:.4f}"
        f"  val loss {row['val_loss']:.4f} accuracy {row['val_accuracy']:.4f}"
        f" macro-F1 {row['val_macro_f1']:.4f}  {row['images_per_second']:.0f} images/s"
    )
