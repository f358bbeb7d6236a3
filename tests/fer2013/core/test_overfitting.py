from typing import Any

import pytest
import torch

from fer2013.core.overfitting import Overfit, choose_faces, overfit
from fer2013.core.parts import Part
from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
OPTIONS = Overfit.model_validate(PARAMS["overfit"])


@pytest.fixture
def noise() -> Part:
    """Faces that have nothing in common with their class: they can only be learnt by heart."""
    generator = torch.Generator().manual_seed(0)
    faces = torch.randint(0, 256, (70, 1, 48, 48), generator=generator).to(torch.uint8)
    flags = torch.zeros(70, dtype=torch.bool)
    labels = torch.arange(70) % 7
    return Part(faces, labels, torch.arange(70), flags.clone(), flags.clone(), ~flags, ~flags)


def test_a_network_learns_noise_by_heart_twice_alike(noise: Part) -> None:
    network = PARAMS["models"]["cnn_adam"]["network"] | {"channels": [16, 32, 64], "hidden": [64]}
    result = overfit(network, noise, OPTIONS)
    assert result["accuracy"] == 1
    assert result["faces"] == 21
    assert 1 < result["epochs"] < 100
    assert overfit(network, noise, OPTIONS) == result


def test_a_network_that_cannot_learn_is_found(noise: Part) -> None:
    """One that sees nothing of the face gives all faces the same answer."""
    network: dict[str, Any] = PARAMS["models"]["cnn_adam"]["network"] | {"dropout": [0.5, 0.999]}
    options = OPTIONS.model_copy(update={"epochs": 3})
    result = overfit(network, noise, options)
    assert result["epochs"] == 3
    assert result["accuracy"] < 1


@pytest.mark.parametrize(("count", "per_class"), [(21, [3] * 7), (20, [3] * 6 + [2])])
def test_the_chosen_faces_are_balanced(noise: Part, count: int, per_class: list[int]) -> None:
    assert torch.bincount(choose_faces(noise, count, 0).labels).tolist() == per_class


def test_no_chosen_face_is_blank_or_conflicting(noise: Part) -> None:
    noise.blank[:30] = True
    noise.conflicting[30:42] = True
    assert choose_faces(noise, 21, 0).rows.min() >= 42


def test_a_class_without_faces_in_train_is_left_out(noise: Part) -> None:
    without = noise.where(noise.labels != 1)
    assert torch.bincount(choose_faces(without, 21, 0).labels).tolist() == [4, 0, 4, 4, 3, 3, 3]


def test_too_few_faces_of_a_class_are_refused(noise: Part) -> None:
    with pytest.raises(BadInput, match="needs 11 faces of class Angry, and train has only 10"):
        choose_faces(noise, 77, 0)
