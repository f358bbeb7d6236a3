"""The training loop, on few faces and with a tiny network."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core import loop
from fer2013.core.config import Config, merge, resolve
from fer2013.core.device import multiplies_bfloat16
from fer2013.core.loop import finished, train
from fer2013.core.parts import Part
from fer2013.core.run import Trained, best_epoch, moving_average
from fer2013.core.sections import check, read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.conftest import REPOSITORY

TINY = {
    "network": {"name": "resnet", "channels": [16, 16], "blocks": 1},
    "train": {"epochs": 3, "batch_size": 16, "threads": 1, "precision": "float32"},
}
IN_BATCHES = [
    {"name": "flip", "p": 0.5},
    {"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 0.9},
    {"name": "cutout", "size": 12, "p": 0.5},
]
OWN: dict[str, dict[str, Any]] = {
    "sgd": {"momentum": 0.9},
    "adam": {"weight_decay": 0.0},
    "adamw": {"weight_decay": 1e-4},
    "muon": {
        "momentum": 0.95,
        "weight_decay": 0.1,
        "adamw_lr": 0.003,
        "adamw_betas": [0.9, 0.98],
        "adamw_weight_decay": 0.01,
    },
}


def configured(**changes: Any) -> Config:
    config = resolve(read_yaml(REPOSITORY / "params.yaml"), "resnet").model_dump()
    return check(Config, merge(merge(config, TINY), changes), "test")


def part(count: int, seed: int) -> Part:
    """Noise on which a class is a brightness: learnable, but not in an instant."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 7
    noise = torch.randint(0, 100, (count, 1, 48, 48), generator=generator)
    faces = (noise + 20 * labels.reshape(-1, 1, 1, 1)).to(torch.uint8)
    flags = torch.zeros(count, dtype=torch.bool)
    return Part(faces, labels, torch.arange(count), flags, flags, ~flags, ~flags)


@pytest.fixture(autouse=True)
def resume_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path / "resume"))


def run(config: Config, name: str = "run") -> Trained:
    compute = config.train.prepare()
    return train(config, compute, part(70, 0), part(35, 1), ResumeFile(name))


def same(first: Trained, second: Trained) -> bool:
    def exact(trained: Trained) -> list[dict[str, float]]:
        return [{k: v for k, v in row.items() if "second" not in k} for row in trained.history]

    equal = all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    return equal and exact(first) == exact(second) and first.epoch == second.epoch


def test_twice_is_the_same_and_another_seed_is_not() -> None:
    first = run(configured(), "a")
    assert same(first, run(configured(), "b"))
    assert not same(first, run(configured(seed=1), "c"))


in_hardware = pytest.mark.skipif(
    not multiplies_bfloat16(torch.device("cpu")), reason="bfloat16 is emulated here, slowly"
)


@in_hardware
def test_bfloat16_rounds_and_repeats() -> None:
    config = configured(train={"precision": "bfloat16"})
    first, exact = run(config, "a"), run(configured(), "exact")
    assert same(first, run(config, "b"))
    losses = [trained.history[0]["train_loss"] for trained in (first, exact)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert {weight.dtype for weight in first.weights.values()} == {torch.float32, torch.int64}


@pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=in_hardware)])
def test_no_memory_is_read_before_it_is_written(precision: str) -> None:
    """What is not written yet is filled with NaN here, which would spread."""
    config = configured(train={"precision": precision})
    usual, compute = run(config, "a"), config.train.prepare()
    torch.utils.deterministic.fill_uninitialized_memory = True  # type: ignore[attr-defined]
    filled = train(config, compute, part(70, 0), part(35, 1), ResumeFile("b"))
    assert same(usual, filled)


def test_worker_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured(augment_batch=IN_BATCHES)
    monkeypatch.setenv("FER2013_WORKERS", "0")
    none = run(config, "a")
    monkeypatch.setenv("FER2013_WORKERS", "2")
    assert same(none, run(config, "b"))


@pytest.mark.parametrize(
    ("optim", "ema"), [("adamw", None), ("adam", 0.9), ("sgd", None), ("muon", 0.9)]
)
def test_an_interrupted_run_ends_as_an_undisturbed_one(
    monkeypatch: pytest.MonkeyPatch, optim: str, ema: float | None
) -> None:
    own = {"name": optim, "lr": 0.01, "clip_norm": 1.0, **OWN[optim]}
    config = configured(optim=own, augment_batch=IN_BATCHES, train={"ema": ema})
    undisturbed = run(config, "a")
    steps = iter(range(100))
    step = loop.train_step

    def cut_short(*args: Any) -> Any:
        if next(steps) == 7:  # in the second epoch's middle
            raise KeyboardInterrupt
        return step(*args)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "train_step", cut_short)
        run(config, "b")
    state = ResumeFile("b").load()
    assert state is not None
    assert len(state["history"]) == 1
    assert same(undisturbed, run(config, "b"))


def test_it_learns() -> None:
    trained = run(configured(train={"epochs": 8, "patience": None}, augment=[]))
    assert trained.history[-1]["val_accuracy"] > 0.4
    assert trained.history[-1]["train_loss"] < 0.7 * trained.history[0]["train_loss"]


def test_keep_chooses_the_best_or_the_last_epoch() -> None:
    best = run(configured(), "a")
    last = run(configured(train={"keep": "last"}), "b")
    assert best.epoch == best_epoch(best.history)
    assert last.epoch == 3
    assert same(best, last) == (best.epoch == 3)


def test_averaged_weights_are_validated_and_kept() -> None:
    """An average that hardly moves stays at the start; training itself does not feel it."""
    plain = run(configured(train={"keep": "last"}), "a")
    averaged = run(configured(train={"keep": "last", "ema": 0.99}), "b")
    for row, other in zip(plain.history, averaged.history, strict=True):
        assert row["train_loss"] == other["train_loss"]
        assert row["val_loss"] != other["val_loss"]
    assert not same(plain, averaged)
    assert averaged.weights.keys() == plain.weights.keys()


def test_the_average_is_exponential_and_follows_faster_at_first() -> None:
    network = nn.BatchNorm1d(1)
    average, expected = moving_average(network, decay=0.5), 0.0
    for step in range(30):
        assert network.running_mean is not None
        network.running_mean.fill_(float(step**2))
        average.update_parameters(network)
        decay = min(0.5, (1 + step) / (10 + step)) if step > 0 else 0
        expected = decay * expected + (1 - decay) * step**2
        found: Any = average.module.running_mean
        assert float(found) == pytest.approx(expected), step


def test_learning_rates_follow_the_schedule() -> None:
    trained = run(configured(schedule={"name": "warm_restarts", "period": 2}))
    assert [row["lr"] for row in trained.history] == pytest.approx([0.001, 0.0005, 0.001])


def history(*accuracies: float) -> list[dict[str, float]]:
    return [{"val_accuracy": accuracy} for accuracy in accuracies]


def test_early_stopping_counts_epochs_without_a_better_one() -> None:
    options = configured(train={"epochs": 50, "patience": 3}).train
    assert not finished([], options)
    assert not finished(history(0.1, 0.5, 0.5, 0.4), options)
    assert finished(history(0.1, 0.5, 0.5, 0.4, 0.3), options)  # the first of equals is the best
    assert not finished(history(0.1, 0.5, 0.5, 0.4, 0.6), options)
    assert finished(history(*[0.1] * 50), configured(train={"epochs": 50, "patience": None}).train)


def test_divergence_is_an_error_in_one_sentence() -> None:
    with pytest.raises(BadInput, match=r"diverged.*lower optim\.lr"):
        run(configured(optim={"name": "sgd", "lr": 1e30, "momentum": 0.9}))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, there is none here")
def test_twice_is_the_same_on_cuda() -> None:
    config = configured(train={"device": "cuda"})
    assert same(run(config, "a"), run(config, "b"))
