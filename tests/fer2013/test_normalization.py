import pytest
import torch

from fer2013.model.normalization import face, fixed
from fer2013.training.config import Face, Fixed

FACE = Face(name="face")


@pytest.fixture
def grey() -> torch.Tensor:
    return torch.rand(5, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def test_fixed_is_the_same_for_every_pixel(grey: torch.Tensor) -> None:
    options = Fixed(name="fixed", mean=0.25, std=0.5)
    assert torch.equal(fixed(grey, options), (grey - 0.25) / 0.5)


def test_a_face_has_mean_nought_and_about_unit_deviation(grey: torch.Tensor) -> None:
    normalised = face(grey, FACE)
    assert torch.allclose(normalised.mean(dim=(1, 2, 3)), torch.zeros(5), atol=1e-5)
    assert torch.allclose(normalised.std(dim=(1, 2, 3)), torch.ones(5), atol=0.1)


def test_light_and_nearly_contrast_do_not_matter(grey: torch.Tensor) -> None:
    assert torch.allclose(face(grey + 0.25, FACE), face(grey, FACE), atol=1e-5)
    assert torch.allclose(face(grey / 2, FACE), face(grey, FACE), atol=0.15)


def test_a_face_is_normalised_by_itself(grey: torch.Tensor) -> None:
    assert torch.equal(face(grey, FACE)[2:3], face(grey[2:3], FACE))


def test_a_blank_face_becomes_nought() -> None:
    assert torch.equal(face(torch.full((1, 1, 48, 48), 0.5), FACE), torch.zeros(1, 1, 48, 48))
