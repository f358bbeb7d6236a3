"""The order of an epoch's faces, its batches, and the workers that augment them."""

import os
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from fer2013.core import loading
from fer2013.core.sampling import Sampler, epoch_batches
from fer2013.runtime.errors import BadInput
from tests.fer2013.core.made_up import configured, part

SHUFFLED, BALANCED = Sampler(name="shuffled"), Sampler(name="balanced")
LABELS = torch.tensor([0] * 900 + [1] * 15 + [2] * 300)


def order(sampler: Sampler, seed: int = 0, epoch: int = 0) -> np.ndarray:
    batches = epoch_batches(sampler, LABELS, 128, seed, epoch)
    return np.concatenate([batch.faces for batch in batches])


def test_shuffled_takes_every_face_once() -> None:
    assert sorted(order(SHUFFLED)) == list(range(len(LABELS)))


def test_balanced_draws_every_class_alike() -> None:
    draws = np.concatenate([order(BALANCED, epoch=epoch) for epoch in range(20)])
    assert np.allclose(np.bincount(LABELS[draws]) / len(draws), 1 / 3, atol=0.02)
    assert len(draws) == 20 * len(LABELS)


@pytest.mark.parametrize("sampler", [SHUFFLED, BALANCED])
def test_a_function_of_seed_and_epoch(sampler: Sampler) -> None:
    assert np.array_equal(order(sampler, 1, 2), order(sampler, 1, 2))
    assert not np.array_equal(order(sampler, 1, 2), order(sampler, 1, 3))
    assert not np.array_equal(order(sampler, 1, 2), order(sampler, 2, 2))


def test_batches_know_where_they_start() -> None:
    batches = epoch_batches(SHUFFLED, LABELS, 100, 0, 7)
    assert [batch.start for batch in batches] == list(range(0, 1215, 100))
    assert batches[-1].span == slice(1200, 1215)
    assert {batch.epoch for batch in batches} == {7}


@pytest.mark.parametrize(("faces", "processes", "batches"), [(9, 1, 2), (10, 1, 3), (10, 2, 2)])
def test_a_last_batch_without_two_faces_a_process_is_left_out(
    faces: int, processes: int, batches: int
) -> None:
    found = epoch_batches(SHUFFLED, LABELS[:faces], 4, 0, 0, processes=processes)
    assert len(found) == batches


def test_processors_are_counted_without_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delenv("FER2013_WORKERS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert loading.worker_count(threads=2) == 4


@pytest.mark.parametrize("wanted", ["abc", "-1", "2.5", "²"])
def test_an_invalid_number_of_workers_is_refused(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("FER2013_WORKERS", wanted)
    with pytest.raises(BadInput, match=r"FER2013_WORKERS is .* should be a number of processes"):
        loading.worker_count(threads=1)


def test_spawned_workers_give_the_bytes_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS spawns them, Linux forks them (test_loop.py)."""
    config, faces = configured("resnet"), part(24, 0)
    batches = epoch_batches(config.sampler, faces.labels, 8, config.seed, epoch=0)

    def loaded(workers: int) -> torch.Tensor:
        monkeypatch.setenv("FER2013_WORKERS", str(workers))
        return torch.cat(list(loading.load(faces, batches, config, torch.device("cpu"))))

    none = loaded(0)

    def spawning(faces: Any, **options: Any) -> Any:
        return DataLoader(faces, **options, multiprocessing_context="spawn")

    monkeypatch.setattr(loading, "DataLoader", spawning)
    assert torch.equal(loaded(1), none)
