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
from fer2013.core.sections import check, read_yaml
from fer2013.core.weights import save_weights
from fer2013.runtime.errors import BadInput
from fer2013.runtime.resume_file import ResumeFile
from tests.conftest import REPOSITORY
from tests.fer2013.core.test_loop import part

PARAMS = read_yaml(REPOSITORY / "params.yaml")
SAID: dict[str, Any] = {"models": ["sprint"], "weight": 0.75}


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
        self.register_parameter("none", nn.Parameter(torch.zeros(1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x)
        grey = 255 * (0.25 * x.mean(dim=(1, 2, 3)) + 0.5)  # [B, 1, 48, 48] → [B]
        klass = ((grey - 49.5) / 20).round().long().clamp(0, 6)
        return 100.0 * F.one_hot((klass + 1) % 7, 7)


@pytest.fixture(autouse=True)
def resume_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path / "resume"))


def test_the_weight_is_the_teachers_share_of_the_targets() -> None:
    x = torch.zeros(2, 1, 48, 48)
    learned = distillation_target(torch.tensor([0, 3]), x, [Always(5)], 0.75)
    expected = torch.tensor([[0.25, 0, 0, 0, 0, 0.75, 0], [0, 0, 0, 0.25, 0, 0.75, 0]])
    torch.testing.assert_close(learned, expected)


def test_teachers_count_alike_and_mixed_labels_stay_mixed() -> None:
    mixed = torch.tensor([[0.5, 0.5, 0, 0, 0, 0, 0]])
    x = torch.zeros(1, 1, 48, 48)
    learned = distillation_target(mixed, x, [Always(5), Always(6)], 0.5)
    torch.testing.assert_close(learned, torch.tensor([[0.25, 0.25, 0, 0, 0, 0.25, 0.25]]))
    assert not learned.requires_grad  # teachers do not learn


def test_the_target_is_the_teachers_prediction_for_the_augmented_face() -> None:
    """A teacher that names wrong classes makes a model that is wrong about faces it has seen."""
    teacher = Brighter()
    misled = run(configured({"models": ["sprint"], "weight": 1.0}), "misled", teacher)
    alone = run(configured(None), "alone")
    assert alone.history[-1]["val_accuracy"] > 0.6
    assert misled.history[-1]["val_accuracy"] < 1 / 7  # of a guess
    first, second = (torch.cat(teacher.seen[epoch * 7 : epoch * 7 + 7]) for epoch in (0, 1))
    assert len(first) == 70  # the validation faces are not shown to it
    assert not torch.equal(first.sort(dim=0).values, second.sort(dim=0).values)  # cut anew


def run(config: Config, name: str, *teachers: nn.Module) -> Trained:
    compute = config.train.prepare()
    return train(config, compute, part(70, 0), part(70, 0), ResumeFile(name), teachers=teachers)


def configured(teachers: dict[str, Any] | None) -> Config:
    """A recipe that learns the noisy faces of test_loop.py in some epochs."""
    sprint = resolve(PARAMS, "sprint").model_dump()
    changes: dict[str, Any] = {
        "network": {"channels": [8, 16], "blocks": [1, 1]},
        "augment_batch": [{"name": "cutout", "size": 8, "p": 1.0}],
        "normalize": {"name": "fixed", "mean": 0.5, "std": 0.25},
        "teachers": teachers,
        "train": {"epochs": 12, "batch_size": 10, "device": "cpu", "threads": 1, "ema": None},
    }
    return check(Config, merge(sprint, changes), "test")


def test_a_teacher_is_read_as_it_was_trained(tmp_path: Path) -> None:
    config, network = trained_teacher(tmp_path)
    teacher = read_teacher(*files(tmp_path), config.normalize).network
    x = torch.randn(2, 1, 48, 48)
    torch.testing.assert_close(teacher.eval()(x), network.eval()(x))


def trained_teacher(folder: Path) -> tuple[Config, nn.Module]:
    """Leave a model's files as train does. → its configuration and network"""
    config = configured(None)
    network = networks.build(config.network)
    recipe, weights = files(folder)
    save_weights(network.state_dict(), 1, weights)
    write_section(config, recipe)
    return config, network


def files(folder: Path) -> tuple[Path, Path]:
    return folder / "recipe.yaml", folder / "weights.safetensors"


def test_a_teacher_with_another_normalisation_is_refused(tmp_path: Path) -> None:
    trained_teacher(tmp_path)
    own_mean = resolve(PARAMS, "sprint").normalize  # each face by its own mean
    with pytest.raises(BadInput, match="the teacher's normalize differs from the model's"):
        read_teacher(*files(tmp_path), own_mean)


@pytest.mark.parametrize("teacher", ["alexnet", "champion"])
def test_a_teacher_is_another_model(teacher: str) -> None:
    champion = merge(PARAMS["models"]["champion"], {"teachers": SAID | {"models": [teacher]}})
    params = PARAMS | {"models": PARAMS["models"] | {"champion": champion}}
    with pytest.raises(BadInput) as error:
        resolve(params, "champion")
    assert str(error.value).startswith(
        f"params.yaml, model champion: teachers.models: {teacher!r} is not another model; there "
    )


def test_teachers_take_cross_entropy_without_class_weights() -> None:
    with pytest.raises(BadInput, match="teachers needs the loss cross_entropy with class_weights"):
        resolve(merge(PARAMS, {"models": {"resnet": {"teachers": SAID}}}), "resnet")
