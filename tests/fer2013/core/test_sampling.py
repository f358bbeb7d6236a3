import numpy as np
import torch

from fer2013.core.sampling import Balanced, Sampler, Shuffled, epoch_batches

SHUFFLED, BALANCED = Shuffled(name="shuffled"), Balanced(name="balanced")
LABELS = torch.tensor([0] * 900 + [1] * 15 + [2] * 300)


def order(sampler: Sampler, seed: int = 0, epoch: int = 0) -> np.ndarray:
    batches = epoch_batches(sampler, LABELS, 128, seed, epoch)
    return np.concatenate([batch.faces for batch in batches])


def test_shuffled_takes_every_face_once() -> None:
    assert sorted(order(SHUFFLED)) == list(range(len(LABELS)))


def test_balanced_draws_every_class_alike() -> None:
    draws = np.concatenate([order(BALANCED, epoch=epoch) for epoch in range(20)])
    shares = np.bincount(LABELS[draws]) / len(draws)
    assert np.allclose(shares, 1 / 3, atol=0.02)
    assert len(draws) == 20 * len(LABELS)


def test_a_function_of_seed_and_epoch() -> None:
    for sampler in (SHUFFLED, BALANCED):
        assert np.array_equal(order(sampler, 1, 2), order(sampler, 1, 2))
        assert not np.array_equal(order(sampler, 1, 2), order(sampler, 1, 3))
        assert not np.array_equal(order(sampler, 1, 2), order(sampler, 2, 2))


def test_batches_know_where_they_start() -> None:
    batches = epoch_batches(SHUFFLED, LABELS, 100, 0, 7)
    assert [batch.start for batch in batches] == list(range(0, 1215, 100))
    assert batches[-1].span == slice(1200, 1215)
    assert {batch.epoch for batch in batches} == {7}


def test_a_last_batch_of_one_face_is_left_out() -> None:
    assert [len(b.faces) for b in epoch_batches(SHUFFLED, LABELS[:9], 4, 0, 0)] == [4, 4]


def test_each_process_gets_two_faces_of_a_batch() -> None:
    batches = epoch_batches(SHUFFLED, LABELS[:13], 4, 0, 0, processes=2)
    assert [len(batch.faces) for batch in batches] == [4, 4, 4]
