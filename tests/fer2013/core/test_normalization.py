import pytest
import torch

from fer2013.core.normalization import Face, Fixed

FACE = Face(name="face")


@pytest.fixture
def grey() -> torch.Tensor:
    return torch.rand(5, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def test_fixed_is_the_same_for_every_pixel(grey: torch.Tensor) -> None:
    fixed = Fixed(name="fixed", mean=0.25, std=0.5)
    assert torch.equal(fixed.apply(grey), (grey - 0.25) / 0.5)


def test_a_face_has_mean_nought_and_about_unit_deviation(grey: torch.Tensor) -> None:
    normalised = FACE.apply(grey)
    assert torch.allclose(normalised.mean(dim=(1, 2, 3)), torch.zeros(5), atol=1e-5)
    assert torch.allclose(normalised.std(dim=(1, 2, 3)), torch.ones(5), atol=0.1)


def test_a_blank_face_becomes_nought() -> None:
    assert torch.equal(FACE.apply(torch.full((1, 1, 48, 48), 0.5)), torch.zeros(1, 1, 48, 48))
