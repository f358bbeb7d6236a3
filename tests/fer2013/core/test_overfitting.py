from typing import Any

import pytest
import torch

from fer2013.core.overfitting import Overfit, choose_faces, overfit
from fer2013.core.parts import Part
from fer2013.runtime.errors import BadInput
from tests.fer2013.core.made_up import PARAMS, part

OPTIONS = Overfit.model_validate(PARAMS["overfit"])
NETWORK: dict[str, Any] = PARAMS["models"]["cnn_adam"]["network"]


@pytest.fixture
def noise() -> Part:
    """Faces that have nothing in common with their class: they can only be learnt by heart."""
    noise = part(70, 0)
    noise.faces.random_(0, 256, generator=torch.Generator().manual_seed(0))
    return noise


def test_a_network_learns_noise_by_heart_twice_alike(noise: Part) -> None:
    network = NETWORK | {"channels": [16, 32, 64], "hidden": [64]}
    result = overfit(network, noise, OPTIONS)
    assert (result["accuracy"], result["faces"]) == (1, 21)
    assert 1 < result["epochs"] < 100
    assert overfit(network, noise, OPTIONS) == result


def test_a_network_that_cannot_learn_is_found(noise: Part) -> None:
    """One that sees nothing of the face gives all faces the same answer."""
    options = OPTIONS.model_copy(update={"epochs": 3})
    result = overfit(NETWORK | {"dropout": [0.5, 0.999]}, noise, options)
    assert result["epochs"] == 3
    assert result["accuracy"] < 1


def test_the_chosen_faces_are_balanced_over_the_classes_that_occur(noise: Part) -> None:
    def counts(part: Part, count: int) -> list[int]:
        return torch.bincount(choose_faces(part, count, 0).labels).tolist()

    assert counts(noise, 20) == [3] * 6 + [2]
    assert counts(noise.where(noise.labels != 1), 21) == [4, 0, 4, 4, 3, 3, 3]


def test_no_chosen_face_is_blank_or_conflicting(noise: Part) -> None:
    noise.blank[:30] = True
    noise.conflicting[30:42] = True
    assert choose_faces(noise, 21, 0).rows.min() >= 42


def test_too_few_faces_of_a_class_are_refused(noise: Part) -> None:
    with pytest.raises(BadInput, match="needs 11 faces of Angry; train has 10 that are"):
        choose_faces(noise, 77, 0)
