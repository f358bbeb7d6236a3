"""Several processes compute the same as one. `members` are the results of three processes."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fer2013.core import distributed
from fer2013.core.config import Config, merge, resolve
from fer2013.core.loop import train
from fer2013.core.losses import Focal
from fer2013.core.parts import Part
from fer2013.core.run import Trained
from fer2013.core.sampling import Batch, shard
from fer2013.core.sections import check, read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.conftest import REPOSITORY

PROCESSES = 3
FACES = 75  # four batches of 16 and one of 11, which three processes share unequally


def faces(count: int, seed: int) -> Part:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 1, 48, 48), generator=generator, dtype=torch.uint8)
    flags = torch.zeros(count, dtype=torch.bool)
    labels = torch.arange(count) ** 2 % 7  # not every class, and unequally many of each
    return Part(pixels, labels, torch.arange(count), flags, flags, ~flags, ~flags)


def configured(model: str, **changes: Any) -> Config:
    config = resolve(read_yaml(REPOSITORY / "params.yaml"), model).model_dump()
    small = {"train": {"epochs": 1, "batch_size": 16, "threads": 1, "patience": None}}
    return check(Config, merge(merge(config, small), changes), "test")


IN_BATCHES = [
    {"name": "flip", "p": 0.5},
    {"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 0.9},
    {"name": "cutout", "size": 12, "p": 0.5},
]
MIXED = [
    {"name": "mixup", "alpha": 0.5, "p": 0.5, "until": 1.0},
    {"name": "cutmix", "alpha": 1.0, "p": 0.5, "until": 1.0},
]
WEIGHTED = {"name": "cross_entropy", "class_weights": "balanced"}
RUNS = {
    "vit": configured("vit"),
    "vit, in batches": configured("vit", augment_batch=IN_BATCHES, mix=MIXED, train={"ema": 0.9}),
    "vit, weighted": configured("vit", loss=WEIGHTED, sampler={"name": "balanced"}),
    "separable_resnet": configured(
        "sprint",
        network={
            "name": "separable_resnet",
            "channels": [4, 8],
            "blocks": [1, 1],
            "convolution": "separable",
            "dropout": 0.2,
        },
        augment_batch=IN_BATCHES,
        train={"epochs": 3},
    ),
}


def trained(name: str, resume: str, interrupted_after: int | None = None) -> Trained | None:
    def on_epoch(row: dict[str, float]) -> None:
        if row["epoch"] == interrupted_after:
            raise KeyboardInterrupt

    try:
        compute = RUNS[name].train.prepare()
        parts = faces(FACES, 0), faces(21, 1)
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


@pytest.mark.parametrize("name", ["vit", "vit, weighted", "vit, in batches"])
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


def test_all_processes_end_with_the_same_weights(members: list[dict[str, Any]]) -> None:
    for name in members[0]:
        for other in members[1:]:
            assert same(other[name][0], members[0][name][0]), name


def test_a_resumed_run_ends_with_the_bytes_of_an_undisturbed_one(
    members: list[dict[str, Any]],
) -> None:
    """With three processes sums depend on their order, which DDP chooses as it goes."""
    assert same(members[0]["resumed"][0], members[0]["separable_resnet"][0])


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("count", [6, 7, 15, 128, 131])
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
    labels = faces(FACES, 0).labels
    logits = torch.randn(FACES, 7, generator=torch.Generator().manual_seed(0))
    focal = Focal(name="focal", gamma=2.0, class_weights="balanced")
    for options in (focal, configured("vit", loss=WEIGHTED).loss):
        criterion = options.criterion(labels)
        means, sums = zip(
            *[
                (criterion(logits[own], labels[own]), criterion.normalizer(labels[own]))
                for own in (slice(0, 30), slice(30, FACES))
            ],
            strict=True,
        )
        weighted = sum(m * d for m, d in zip(means, sums, strict=True)) / sum(sums)
        assert torch.allclose(torch.as_tensor(weighted), criterion(logits, labels))


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
