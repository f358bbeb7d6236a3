from typing import Any

import pytest
import torch
from pydantic import TypeAdapter

from fer2013.core.config import resolve
from fer2013.core.mixing import Mixer, Mixture, partners
from fer2013.runtime.errors import BadInput
from tests.fer2013.core.made_up import PARAMS

FACES = 2000  # of an epoch
MIXUP = {"name": "mixup", "alpha": 0.3, "p": 1.0, "until": 1.0}
CUTMIX = {"name": "cutmix", "alpha": 1.0, "p": 1.0, "until": 1.0}
FIRST = slice(60)
LABELS = torch.arange(60) % 2  # partners differ in their labels


def mixer(*options: dict[str, Any], seed: int = 0, epoch: int = 0) -> Mixer:
    checked = TypeAdapter(list[Mixture]).validate_python(list(options))
    return Mixer(checked, seed, epoch, epochs=10, count=FACES)


def uniform(grey: torch.Tensor) -> torch.Tensor:
    """Faces of one grey level each. [B] → [B, 1, 48, 48]"""
    return grey.float().reshape(-1, 1, 1, 1).expand(-1, 1, 48, 48)


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.randn(60, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def test_mixup_is_the_mean_that_the_labels_say() -> None:
    x, target = mixer(MIXUP)(uniform(torch.arange(60)), LABELS, FIRST)
    for face in range(60):
        kept = float(target[face, face % 2])
        expected = kept * face + (1 - kept) * (face ^ 1)
        assert x[face].mean() == pytest.approx(expected, abs=1e-4)
    assert torch.allclose(target.sum(dim=1), torch.ones(60))


def test_cutmix_takes_a_square_as_large_as_the_labels_say() -> None:
    x, target = mixer(CUTMIX)(uniform(LABELS), LABELS, FIRST)
    for face in range(60):
        foreign = x[face, 0] != face % 2
        assert foreign.float().mean() == pytest.approx(float(target[face, 1 - face % 2]), abs=1e-6)
        rows, columns = (int(foreign.any(dim=axis).sum()) for axis in (1, 0))
        assert rows == pytest.approx(columns, abs=1)
        assert rows * columns == foreign.sum()


def test_it_does_not_matter_how_an_epoch_is_cut_between_pairs(faces: torch.Tensor) -> None:
    whole = mixer(MIXUP, CUTMIX)(faces, LABELS, slice(100, 160))
    shards = [
        mixer(MIXUP, CUTMIX)(x, labels, slice(start, start + len(x)))
        for start, x, labels in zip(
            range(100, 160, 14), faces.split(14), LABELS.split(14), strict=True
        )
    ]
    for index in (0, 1):
        assert torch.equal(torch.cat([shard[index] for shard in shards]), whole[index])


@pytest.mark.parametrize("change", ["seed", "epoch", "index"])
def test_seed_epoch_and_index_all_matter(faces: torch.Tensor, change: str) -> None:
    other = {"seed": 0, "epoch": 0, "index": 0} | {change: 4}
    index = other.pop("index")
    usual = mixer(MIXUP)(faces, LABELS, FIRST)[0]
    changed = mixer(MIXUP, **other)(faces, LABELS, slice(index, index + 60))[0]
    assert not torch.equal(usual, changed)


def test_the_last_epochs_see_unmixed_faces(faces: torch.Tensor) -> None:
    option = MIXUP | {"until": 0.8}
    assert not torch.equal(mixer(option, epoch=7)(faces, LABELS, FIRST)[0], faces)
    assert torch.equal(mixer(option, epoch=8)(faces, LABELS, FIRST)[0], faces)


def test_a_last_face_without_a_partner_stays(faces: torch.Tensor) -> None:
    assert partners(5).tolist() == [1, 0, 3, 2, 4]
    x, target = mixer(MIXUP, CUTMIX)(faces[:5], LABELS[:5], slice(5))
    assert torch.equal(x[4], faces[4])
    assert target[4, LABELS[4]] == 1


@pytest.mark.parametrize(
    "soft", [{"mix": [MIXUP]}, {"teachers": {"models": ["sprint"], "weight": 0.75}}]
)
def test_a_loss_that_takes_no_soft_labels_is_refused(soft: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"(mix|teachers) needs the loss cross_entropy with class_w"):
        resolve(PARAMS | soft, "resnet")
