"""What a model with teachers learns, from the targets to what params.yaml may say of it."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from fer2013.config import Config, Teachers, overlaid, resolve
from fer2013.errors import BadInput
from fer2013.params import check, read_yaml
from fer2013.parts import Part
from fer2013.teaching import targets
from tests.conftest import REPOSITORY
from tests.fer2013.test_training import part, run

PARAMS = read_yaml(REPOSITORY / "params.yaml")
SAID: dict[str, Any] = {"models": ["sprint"], "weight": 0.75}


def taught(faces: Part) -> Part:
    """A teacher that takes every class for the next."""
    said = torch.nn.functional.one_hot((faces.labels + 1) % 7, 7).float()
    return replace(faces, taught=said)


def test_without_teachers_the_labels_are_learned() -> None:
    faces = part(14, 0)
    assert targets(faces, None) is faces.labels


def test_the_weight_is_the_teachers_share_of_the_targets() -> None:
    faces = taught(part(14, 0))
    learned = targets(faces, Teachers(models=["sprint"], weight=0.75))  # [14, 7]
    places = torch.arange(14)
    assert learned[places, faces.labels].tolist() == pytest.approx([0.25] * 14)
    assert learned[places, (faces.labels + 1) % 7].tolist() == pytest.approx([0.75] * 14)
    assert learned.sum(dim=1).tolist() == pytest.approx([1.0] * 14)


def test_a_model_learns_what_its_teacher_says(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A teacher that names wrong classes makes a model that is wrong about faces it has seen."""
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path))
    config = configured({"models": ["sprint"], "weight": 1.0})
    misled = run(config, "misled", train=taught(part(70, 0)), val=part(70, 0))
    alone = run(configured(None), "alone", train=part(70, 0), val=part(70, 0))
    assert alone.history[-1]["val_accuracy"] > 0.6
    assert misled.history[-1]["val_accuracy"] < 0.1


def configured(teachers: dict[str, Any] | None) -> Config:
    """A recipe that learns the noisy faces of test_training.py in some epochs."""
    sprint = resolve(PARAMS, "sprint").model_dump()
    changes: dict[str, Any] = {
        "network": {"channels": [8, 16], "blocks": [1, 1]},
        "augment_batch": [],
        "normalize": {"name": "fixed", "mean": 0.5, "std": 0.25},
        "teachers": teachers,
        "train": {"epochs": 12, "batch_size": 10, "device": "cpu", "threads": 1, "ema": None},
    }
    return check(Config, overlaid(sprint, changes), "test")


@pytest.mark.parametrize("teacher", ["alexnet", "champion"])
def test_a_teacher_is_another_model(teacher: str) -> None:
    champion = overlaid(PARAMS["models"]["champion"], {"teachers": SAID | {"models": [teacher]}})
    params = PARAMS | {"models": PARAMS["models"] | {"champion": champion}}
    with pytest.raises(BadInput) as error:
        resolve(params, "champion")
    assert str(error.value).startswith(
        f"params.yaml, model champion: teachers.models: {teacher!r} is no other model; there are "
    )


def test_a_teacher_is_named_once() -> None:
    params = overlaid(PARAMS, {"models": {"champion": {"teachers": {"models": ["vit", "vit"]}}}})
    with pytest.raises(BadInput, match=r"teachers\.models: 'vit' is named more than once"):
        resolve(params, "champion")


def test_faces_without_what_teachers_say_are_refused() -> None:
    with pytest.raises(BadInput, match="come without what the teachers say of them"):
        targets(part(14, 0), Teachers(**SAID))


def test_teachers_take_cross_entropy_without_class_weights() -> None:
    with pytest.raises(BadInput, match="teachers takes the loss cross_entropy with class_weights"):
        resolve(overlaid(PARAMS, {"models": {"resnet": {"teachers": SAID}}}), "resnet")


def test_faces_that_are_dropped_take_what_is_said_of_them_along() -> None:
    faces = taught(part(14, 0))
    kept = faces.where(torch.arange(14) >= 4)
    assert kept.taught is not None
    assert kept.taught.argmax(dim=1).tolist() == ((kept.labels + 1) % 7).tolist()
