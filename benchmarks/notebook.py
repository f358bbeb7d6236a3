"""A training run written as in a notebook, with which the pipeline's speed is compared.

    python -m benchmarks.notebook --epochs 1 --steps 10

It trains the published ResNet (or --model another) on the training file of params.yaml's
data.folder (or --csv another), and prints a line for each epoch. Recipe, networks, augmentations,
threads and number of workers are those of the pipeline. The rest is as in a notebook: the file is
in memory as a pandas table, a Dataset parses and augments one face at a time, and torch's defaults
are used (NCHW, float32).
"""

import argparse
import copy
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import albumentations as A
import numpy as np
import pandas as pd
import torch
from albumentations.pytorch import ToTensorV2
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, WeightedRandomSampler

from fer2013.core import networks
from fer2013.core.augment import transform as albumentation
from fer2013.core.config import Config, resolve
from fer2013.core.inference import Fixed
from fer2013.core.loading import worker_count
from fer2013.core.losses import Criterion
from fer2013.core.sections import PARAMS, read_section, read_yaml
from fer2013.data.csv_sources import Data, find_sources
from fer2013.runtime.errors import BadInput, exit_on_bad_input

Batches = Iterable[tuple[Tensor, Tensor]]
Loader = DataLoader[tuple[Tensor, int]]


def data_folder() -> Path:
    return Path(read_section("data", Data).folder)


def read_csv(folder: Path) -> pd.DataFrame:
    """The labelled rows: columns emotion and pixels, the pixels as text."""
    table = pd.read_csv(find_sources(folder)[0].path, skipinitialspace=True)
    table.columns = table.columns.str.strip()
    return table[table.Usage == "Training"] if "Usage" in table else table


def split(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, val = train_test_split(table, test_size=0.1, stratify=table.emotion, random_state=0)
    return train, val


class Faces(Dataset[tuple[Tensor, int]]):
    def __init__(self, table: pd.DataFrame, transform: A.Compose) -> None:
        self.pixels, self.labels = table.pixels.tolist(), table.emotion.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        face = np.array(self.pixels[index].split(), dtype=np.uint8).reshape(48, 48)
        return self.transform(image=face)["image"], self.labels[index]


def transform(config: Config, augment: bool) -> A.Compose:
    assert isinstance(config.normalize, Fixed)
    normalize = A.Normalize(mean=(config.normalize.mean,), std=(config.normalize.std,))
    chain = [albumentation(each) for each in config.augment] if augment else []
    return A.Compose([*chain, normalize, ToTensorV2()])


def train_loader(table: pd.DataFrame, config: Config, augment: bool = True) -> Loader:
    faces = Faces(table, transform(config, augment))
    sampler: RandomSampler | WeightedRandomSampler = RandomSampler(faces)
    if config.sampler.name == "balanced":
        weights = 1.0 / table.emotion.map(table.emotion.value_counts())
        sampler = WeightedRandomSampler(weights.tolist(), len(faces), replacement=True)
    return DataLoader(
        faces,
        batch_size=config.train.batch_size,
        sampler=sampler,
        num_workers=worker_count(config.train.threads),
        # Batch normalisation cannot be trained on a single face.
        drop_last=len(faces) % config.train.batch_size == 1,
    )


def val_loader(table: pd.DataFrame, config: Config) -> Loader:
    return DataLoader(
        Faces(table, transform(config, augment=False)),
        batch_size=config.evaluate.batch_size,
        num_workers=worker_count(config.train.threads),
    )


def supports(config: Config) -> bool:
    """Is it one of the published recipes?"""
    return isinstance(config.normalize, Fixed) and not config.augment_batch


def set_up(
    config: Config, labels: np.ndarray
) -> tuple[nn.Module, Criterion, torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    torch.set_num_threads(config.train.threads)
    network = networks.build(config.network)
    criterion = config.loss.criterion(torch.tensor(labels))
    [optimizer] = config.optim.build(network, torch.float32)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda epoch: config.schedule.factor(epoch, config.train.epochs)
    )
    return network, criterion, optimizer, scheduler


def train_one_epoch(
    network: nn.Module,
    batches: Batches,
    criterion: Criterion,
    optimizer: torch.optim.Optimizer,
    clip_norm: float | None,
) -> tuple[float, float]:
    """Train for one epoch. → loss and accuracy of the augmented faces"""
    network.train()
    total, correct, faces = 0.0, 0, 0
    for x, y in batches:
        optimizer.zero_grad()
        logits = network(x)
        loss = criterion(logits, y)
        loss.backward()
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(network.parameters(), clip_norm)
        optimizer.step()
        total += loss.item() * len(y)
        correct += (logits.argmax(dim=1) == y).sum().item()
        faces += len(y)
    return total / faces, correct / faces


@torch.no_grad()
def validate(network: nn.Module, batches: Batches) -> tuple[float, float]:
    """→ accuracy and macro-F1"""
    network.eval()
    predicted, actual = [], []
    for x, y in batches:
        predicted.extend(network(x).argmax(dim=1).tolist())
        actual.extend(y.tolist())
    right = sum(p == a for p, a in zip(predicted, actual, strict=True))
    return right / len(actual), float(f1_score(actual, predicted, average="macro"))


def run(config: Config, folder: Path, steps: int | None) -> Iterator[str]:
    """Train, with at most `steps` steps per epoch, and yield a line for each epoch."""
    train, val = split(read_csv(folder))
    network, criterion, optimizer, scheduler = set_up(config, train.emotion.to_numpy())
    batches, val_batches = train_loader(train, config), val_loader(val, config)
    best, best_epoch, weights = 0.0, 0, network.state_dict()
    for epoch in range(1, config.train.epochs + 1):
        started = time.perf_counter()
        loss, accuracy = train_one_epoch(
            network, islice(batches, steps), criterion, optimizer, config.optim.clip_norm
        )
        val_accuracy, val_f1 = validate(network, islice(val_batches, steps))
        scheduler.step()
        if val_accuracy > best:
            best, best_epoch = val_accuracy, epoch
            weights = copy.deepcopy(network.state_dict())
        yield (
            f"epoch {epoch}/{config.train.epochs}  loss {loss:.4f} accuracy {accuracy:.4f}"
            f"  val accuracy {val_accuracy:.4f} macro-F1 {val_f1:.4f}"
            f"  {time.perf_counter() - started:.1f} s"
        )
        if config.train.patience is not None and epoch - best_epoch >= config.train.patience:
            break
    network.load_state_dict(weights)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--model", default="resnet")
    options.add_argument("--csv", type=Path, help="a folder; params.yaml's if not given")
    options.add_argument("--epochs", type=int, help="the recipe's if not given")
    options.add_argument("--steps", type=int, help="at most so many an epoch")
    given = options.parse_args()
    params = read_yaml(PARAMS)
    config = resolve(params, given.model)
    if not supports(config):
        raise BadInput(f"the notebook has only the published runs, not {given.model}.")
    if given.epochs is not None:
        train = config.train.model_copy(update={"epochs": given.epochs})
        config = config.model_copy(update={"train": train})
    for line in run(config, given.csv or data_folder(), given.steps):
        print(line, flush=True)


if __name__ == "__main__":
    exit_on_bad_input(main)
