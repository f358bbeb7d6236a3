"""The training loop, on few faces and with a tiny network."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fer2013.core import loop
from fer2013.core.config import Config
from fer2013.core.device import multiplies_bfloat16
from fer2013.core.loop import best_epoch, finished, train
from fer2013.core.run import Trained, moving_average
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.fer2013.core.made_up import IN_BATCHES, configured, part

NETWORK = {"name": "resnet", "channels": [16, 16], "blocks": 1}
ADAMW = {"name": "adamw", "weight_decay": 1e-4}
MUON = {
    "name": "muon",
    "momentum": 0.95,
    "weight_decay": 0.1,
    "adamw_lr": 0.003,
    "adamw_betas": [0.9, 0.98],
    "adamw_weight_decay": 0.01,
}


def tiny(**changes: Any) -> Config:
    return configured("resnet", network=NETWORK, **changes)


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
    first = run(tiny(), "a")
    assert same(first, run(tiny(), "b"))
    assert not same(first, run(tiny(seed=1), "c"))


@pytest.mark.skipif(
    not multiplies_bfloat16(torch.device("cpu")), reason="bfloat16 is emulated here, slowly"
)
def test_bfloat16_rounds_and_repeats() -> None:
    config = tiny(train={"precision": "bfloat16"})
    first, exact = run(config, "a"), run(tiny(), "exact")
    assert same(first, run(config, "b"))
    losses = [trained.history[0]["train_loss"] for trained in (first, exact)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert {weight.dtype for weight in first.weights.values()} == {torch.float32, torch.int64}


def test_no_memory_is_read_before_it_is_written() -> None:
    """What is not written yet is filled with NaN here, which would spread."""
    usual, compute = run(tiny(), "a"), tiny().train.prepare()
    torch.utils.deterministic.fill_uninitialized_memory = True  # type: ignore[attr-defined]
    filled = train(tiny(), compute, part(70, 0), part(35, 1), ResumeFile("b"))
    assert same(usual, filled)


def test_worker_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny(augment_batch=IN_BATCHES)
    monkeypatch.setenv("FER2013_WORKERS", "0")
    none = run(config, "a")
    monkeypatch.setenv("FER2013_WORKERS", "2")
    assert same(none, run(config, "b"))


@pytest.mark.parametrize(
    ("optim", "ema"), [({"name": "adamw", "weight_decay": 0}, None), (MUON, 0.9)]
)
def test_an_interrupted_run_ends_as_an_undisturbed_one(
    monkeypatch: pytest.MonkeyPatch, optim: dict[str, Any], ema: float | None
) -> None:
    own = {"lr": 0.01, "clip_norm": 1.0, **optim}
    config = tiny(optim=own, augment_batch=IN_BATCHES, train={"ema": ema})
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
    trained = run(tiny(train={"epochs": 8, "patience": None}, augment=[]))
    assert trained.history[-1]["val_accuracy"] > 0.4
    assert trained.history[-1]["train_loss"] < 0.7 * trained.history[0]["train_loss"]


def test_keep_chooses_the_best_or_the_last_epoch() -> None:
    best, last = run(tiny(), "a"), run(tiny(train={"keep": "last"}), "b")
    assert best.epoch == best_epoch(best.history)
    assert last.epoch == 3
    assert same(best, last) == (best.epoch == 3)


def test_averaged_weights_are_validated_and_kept() -> None:
    """An average that hardly moves stays at the start; training itself does not feel it."""
    plain = run(tiny(train={"keep": "last"}), "a")
    averaged = run(tiny(train={"keep": "last", "ema": 0.99}), "b")
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
    trained = run(tiny(schedule={"name": "warm_restarts", "period": 2}))
    assert [row["lr"] for row in trained.history] == pytest.approx([0.001, 0.0005, 0.001])


def test_early_stopping_counts_epochs_without_a_better_one() -> None:
    def ends(*accuracies: float, patience: int | None = 3) -> bool:
        options = tiny(train={"epochs": 50, "patience": patience}).train
        return finished([{"val_accuracy": accuracy} for accuracy in accuracies], options)

    assert not ends()
    assert not ends(0.1, 0.5, 0.5, 0.4)
    assert ends(0.1, 0.5, 0.5, 0.4, 0.3)  # the first of equals is the best
    assert not ends(0.1, 0.5, 0.5, 0.4, 0.6)
    assert ends(*[0.1] * 50, patience=None)


def test_divergence_is_an_error_in_one_sentence() -> None:
    with pytest.raises(BadInput, match=r"diverged.*lower optim\.lr"):
        run(tiny(optim={"name": "sgd", "lr": 1e30, "momentum": 0.9}))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, there is none here")
def test_twice_is_the_same_on_cuda() -> None:
    config = tiny(train={"device": "cuda"})
    assert same(run(config, "a"), run(config, "b"))
