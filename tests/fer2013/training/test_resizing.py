import pytest
import torch

from fer2013.base.sections import check, read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Train
from fer2013.training.resizing import resize, side_at_epoch
from tests.conftest import REPOSITORY

TRAIN = read_yaml(REPOSITORY / "params.yaml")["train"]


def configured(epochs: int, *sides: tuple[int, float]) -> Train:
    stretches = [{"side": side, "share": share} for side, share in sides]
    return check(Train, TRAIN | {"epochs": epochs, "sides": stretches}, "test")


def sides_of(train: Train) -> list[int]:
    """Of each epoch."""
    return [side_at_epoch(epoch, train.sides, train.epochs) for epoch in range(train.epochs)]


def test_sides_follow_one_another_and_the_rest_is_full_size() -> None:
    assert sides_of(configured(10, (32, 0.5), (40, 0.2))) == [32] * 5 + [40] * 2 + [48] * 3


def test_without_sides_all_epochs_are_at_full_size() -> None:
    assert set(sides_of(configured(10))) == {48}


def test_shares_keep_their_meaning_in_a_shorter_run() -> None:
    assert sides_of(configured(2, (32, 0.53), (40, 0.31))) == [32, 40]


@pytest.mark.parametrize("epochs", [1, 3, 7, 19, 100])
def test_shares_of_one_leave_nothing_over(epochs: int) -> None:
    assert sides_of(configured(epochs, (16, 0.1), (24, 0.2), (32, 0.7)))[-1] == 32


def test_shares_above_one_are_refused() -> None:
    with pytest.raises(BadInput, match=r"sides: the values of share add up to 1\.1"):
        configured(10, (32, 0.5), (40, 0.6))


def test_resizing_keeps_means_and_full_size_is_untouched() -> None:
    faces = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    assert resize(faces, 48) is faces
    small = resize(faces, 24)
    assert small.shape == (2, 1, 24, 24)
    assert torch.allclose(small.mean(dim=(1, 2, 3)), faces.mean(dim=(1, 2, 3)), atol=0.01)
