"""Distillation: the targets, reading the teachers, and their section of params.yaml."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer2013.core import networks
from fer2013.core.config import Config, merge, resolve, write_section
from fer2013.core.distillation import distillation_target, read_teacher
from fer2013.core.loop import train
from fer2013.core.run import Trained
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.fer2013.core.made_up import PARAMS, configured, part

X = torch.zeros(2, 1, 48, 48)


class Always(nn.Module):
    """It is sure that all faces are of this class."""

    def __init__(self, klass: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(F.one_hot(torch.tensor(klass), 7) * 100.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits.expand(len(x), 7)


class Brighter(nn.Module):
    """It takes a face for the class after the one that its brightness tells (part)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x)
        grey = 255 * (0.25 * x.mean(dim=(1, 2, 3)) + 0.5)  # [B, 1, 48, 48] → [B]
        klass = ((grey - 49.5) / 20).round().long().clamp(0, 6)
        return 100.0 * F.one_hot((klass + 1) % 7, 7)


def small(teachers: dict[str, Any] | None) -> Config:
    """A recipe that learns the noisy faces of made_up.py in some epochs."""
    return configured(
        "sprint",
        network={"channels": [8, 16], "blocks": [1, 1]},
        augment_batch=[{"name": "cutout", "size": 8, "p": 1.0}],
        normalize={"name": "fixed", "mean": 0.5, "std": 0.25},
        teachers=teachers,
        train={"epochs": 12, "batch_size": 10, "device": "cpu", "ema": None},
    )


def test_the_target_is_the_weighted_mean_of_teachers_and_label() -> None:
    target = distillation_target(torch.tensor([0, 3]), X, [Always(5)], 0.75)
    expected = torch.tensor([[0.25, 0, 0, 0, 0, 0.75, 0], [0, 0, 0, 0.25, 0, 0.75, 0]])
    torch.testing.assert_close(target, expected)


def test_teachers_count_alike_and_mixed_labels_stay_mixed() -> None:
    mixed = torch.tensor([[0.5, 0.5, 0, 0, 0, 0, 0]])
    target = distillation_target(mixed, X[:1], [Always(5), Always(6)], 0.5)
    torch.testing.assert_close(target, torch.tensor([[0.25, 0.25, 0, 0, 0, 0.25, 0.25]]))
    assert not target.requires_grad  # teachers do not learn


def test_the_target_is_the_teachers_prediction_for_the_augmented_face(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A teacher that names wrong classes makes a model that is wrong about faces it has seen."""
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path))
    teacher = Brighter()
    misled = run(small({"models": ["sprint"], "weight": 1.0}), "misled", teacher)
    alone = run(small(None), "alone")
    assert alone.history[-1]["val_accuracy"] > 0.6
    assert misled.history[-1]["val_accuracy"] < 1 / 7  # of a guess
    first, second = (torch.cat(teacher.seen[epoch * 7 : epoch * 7 + 7]) for epoch in (0, 1))
    assert len(first) == 70  # the validation faces are not shown to it
    assert not torch.equal(first.sort(dim=0).values, second.sort(dim=0).values)  # cut anew


def run(config: Config, name: str, *teachers: nn.Module) -> Trained:
    compute = config.train.prepare()
    return train(config, compute, part(70, 0), part(70, 0), ResumeFile(name), teachers=teachers)


def test_a_teacher_is_read_as_it_was_trained_if_its_normalisation_is_the_models(
    tmp_path: Path,
) -> None:
    config = small(None)
    network = networks.build(config.network)
    recipe, weights = tmp_path / "recipe.yaml", tmp_path / "weights.safetensors"
    networks.save_weights(network.state_dict(), 1, weights)
    write_section(config, recipe)
    teacher = read_teacher(recipe, weights, config.normalize).network
    torch.testing.assert_close(teacher.eval()(X), network.eval()(X))
    own_mean = resolve(PARAMS, "sprint").normalize  # each face by its own mean
    with pytest.raises(BadInput, match="the teacher's normalize differs from the model's"):
        read_teacher(recipe, weights, own_mean)


@pytest.mark.parametrize("teacher", ["alexnet", "champion"])
def test_a_teacher_is_another_model(teacher: str) -> None:
    teachers = {"models": [teacher], "weight": 0.75}
    params = merge(PARAMS, {"models": {"champion": {"teachers": teachers}}})
    with pytest.raises(BadInput, match=f"teachers.models: {teacher!r} is not another model; there"):
        resolve(params, "champion")
