"""Several processes compute the same as one. `members` are the results of three processes."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fer2013.core import distributed
from fer2013.core.loop import train
from fer2013.core.losses import Focal
from fer2013.core.run import Trained
from fer2013.core.sampling import Batch, shard
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.fer2013.core.made_up import IN_BATCHES, configured, part

PROCESSES = 3
FACES = 75  # four batches of 16 and one of 11, which three processes share unequally
ONE_EPOCH = {"epochs": 1, "patience": None}
MIXED = [
    {"name": "mixup", "alpha": 0.5, "p": 0.5, "until": 1.0},
    {"name": "cutmix", "alpha": 1.0, "p": 0.5, "until": 1.0},
]
WEIGHTED = {"name": "cross_entropy", "class_weights": "balanced"}
BATCHED = {"augment_batch": IN_BATCHES, "mix": MIXED, "train": {**ONE_EPOCH, "ema": 0.9}}
RUNS = {
    "in batches": configured("vit", **BATCHED),
    "weighted": configured("vit", loss=WEIGHTED, train=ONE_EPOCH),
    "separable_resnet": configured(
        "sprint", network={"channels": [4, 8], "blocks": [1, 1]}, augment_batch=IN_BATCHES
    ),
}


def trained(name: str, resume: str, interrupted_after: int | None = None) -> Trained | None:
    def on_epoch(row: dict[str, float]) -> None:
        if row["epoch"] == interrupted_after:
            raise KeyboardInterrupt

    try:
        compute = RUNS[name].train.prepare()
        parts = part(FACES, 0), part(21, 1)
        return train(RUNS[name], compute, *parts, ResumeFile(resume), on_epoch=on_epoch)
    except KeyboardInterrupt:
        return None


def one_of_three(folder: Path) -> None:
    results = {name: trained(name, name) for name in RUNS}
    assert trained("separable_resnet", "cut", interrupted_after=2) is None
    results["resumed"] = trained("separable_resnet", "cut")
    plain = {name: (result.weights, result.history) for name, result in results.items() if result}
    torch.save(plain, folder / f"{distributed.rank()}.pt")


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of three processes has trained."""
    folder = tmp_path_factory.mktemp("members")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER2013_RESUME_DIR", str(folder / "resume"))
        patch.setenv("FER2013_WORKERS", "0")
        distributed.run(partial(one_of_three, folder), PROCESSES)
    return [torch.load(folder / f"{rank}.pt") for rank in range(PROCESSES)]


@pytest.mark.parametrize("name", ["weighted", "in batches"])
def test_first_losses_are_those_of_one_process(
    name: str, members: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path))
    alone = trained(name, "alone")
    assert alone is not None
    weights, (epoch,) = members[0][name]
    for key in ("train_loss", "val_loss"):
        assert epoch[key] == pytest.approx(alone.history[0][key], abs=1e-5), key
    for key in ("train_accuracy", "train_macro_f1", "val_accuracy"):
        assert epoch[key] == alone.history[0][key], key
    for key, value in alone.weights.items():
        assert torch.allclose(weights[key], value, atol=1e-4), key


def test_all_processes_learn_the_same_weights(members: list[dict[str, Any]]) -> None:
    """The vit's; of batch normalisation's statistics, rank 0's count."""
    for other in members[1:]:
        assert same(other["weighted"][0], members[0]["weighted"][0])
        assert (
            other["separable_resnet"][1][-1]["val_loss"]
            == (members[0]["separable_resnet"][1][-1]["val_loss"])
        )


def test_a_resumed_run_ends_with_the_bytes_of_an_undisturbed_one(
    members: list[dict[str, Any]],
) -> None:
    """With three processes sums depend on their order, which DDP chooses as it goes."""
    assert same(members[0]["resumed"][0], members[0]["separable_resnet"][0])


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("count", [6, 15, 128])
def test_shards_add_up_to_the_batch_and_cut_no_pair(count: int) -> None:
    batch = Batch(epoch=3, start=256, faces=np.arange(1000, 1000 + count))
    shards = [shard(batch, rank, PROCESSES) for rank in range(PROCESSES)]
    assert np.array_equal(np.concatenate([own.faces for own in shards]), batch.faces)
    sizes = [len(own.faces) for own in shards]
    assert min(sizes) >= 2
    assert max(sizes) - min(sizes) <= 3
    for own in shards:  # a face keeps its index in the epoch, and so its augmentation
        assert own.start % 2 == 0
        assert own.faces[0] - 1000 == own.start - batch.start


def test_the_weights_of_shards_give_the_mean_of_the_batch() -> None:
    labels = torch.arange(FACES) ** 2 % 7  # not every class, and unequally many of each
    logits = torch.randn(FACES, 7, generator=torch.Generator().manual_seed(0))
    focal = Focal(name="focal", gamma=2.0, class_weights="balanced")
    for options in (focal, RUNS["weighted"].loss):
        criterion = options.criterion(labels)
        mean, total = 0.0, 0.0
        for own in (slice(0, 30), slice(30, FACES)):
            weight = criterion.normalizer(labels[own])
            mean += weight * float(criterion(logits[own], labels[own]))
            total += weight
        assert mean / total == pytest.approx(float(criterion(logits, labels)), rel=1e-5)


def different_runs() -> None:
    distributed.check_same_run(f"{distributed.rank():032x}")


def test_machines_with_different_data_or_code_are_refused(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        distributed.run(different_runs, 2)
    assert ended.value.code == 1
    assert capfd.readouterr().err.count("error: the processes have different parameters") == 1


def test_torchrun_must_start_as_many_as_the_parameters_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(BadInput, match=r"started 4 processes, but train\.processes is 2"):
        distributed.run(different_runs, 2)
