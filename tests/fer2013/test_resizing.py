import pytest
import torch

from fer2013.base.sections import check, read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.training.config import Train
from fer2013.training.resizing import resized, side_in
from tests.conftest import REPOSITORY

TRAIN = read_yaml(REPOSITORY / "params.yaml")["train"]


def options(epochs: int, *sides: tuple[int, float]) -> Train:
    stretches = [{"side": side, "share": share} for side, share in sides]
    return check(Train, TRAIN | {"epochs": epochs, "sides": stretches}, "test")


def test_sides_follow_one_another_and_the_rest_is_full_size() -> None:
    some = options(10, (32, 0.5), (40, 0.2))
    assert [side_in(epoch, some) for epoch in range(10)] == [32] * 5 + [40] * 2 + [48] * 3


def test_without_sides_all_epochs_are_at_full_size() -> None:
    assert {side_in(epoch, options(10)) for epoch in range(10)} == {48}


def test_shares_keep_their_meaning_in_a_shorter_run() -> None:
    some = options(2, (32, 0.53), (40, 0.31))
    assert [side_in(epoch, some) for epoch in range(2)] == [32, 40]


@pytest.mark.parametrize("epochs", [1, 3, 7, 19, 100])
def test_shares_of_one_leave_nothing_over(epochs: int) -> None:
    some = options(epochs, (16, 0.1), (24, 0.2), (32, 0.7))
    assert side_in(epochs - 1, some) == 32


def test_shares_above_one_are_refused() -> None:
    with pytest.raises(BadInput, match=r"sides: the shares .* add up to 1\.1"):
        options(10, (32, 0.5), (40, 0.6))


def test_resizing_keeps_means_and_full_size_is_untouched() -> None:
    faces = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    assert resized(faces, 48) is faces
    small = resized(faces, 24)
    assert small.shape == (2, 1, 24, 24)
    assert torch.allclose(small.mean(dim=(1, 2, 3)), faces.mean(dim=(1, 2, 3)), atol=0.01)
