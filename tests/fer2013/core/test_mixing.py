from typing import Any

import pytest
import torch
from pydantic import TypeAdapter

from fer2013.core.config import merge, resolve
from fer2013.core.mixing import Mixer, Mixture, partners
from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

FACES = 2000  # of an epoch
MIXUP = {"name": "mixup", "alpha": 0.3, "p": 1.0, "until": 1.0}
CUTMIX = {"name": "cutmix", "alpha": 1.0, "p": 1.0, "until": 1.0}


def mixer(*options: dict[str, Any], seed: int = 0, epoch: int = 0) -> Mixer:
    checked = TypeAdapter(list[Mixture]).validate_python(list(options))
    return Mixer(checked, seed, epoch, epochs=10, count=FACES)


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.randn(60, 1, 48, 48, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.randint(7, (60,), generator=torch.Generator().manual_seed(1))


def test_mixup_is_the_mean_that_the_labels_say() -> None:
    flat = torch.arange(60.0).reshape(-1, 1, 1, 1).expand(-1, 1, 48, 48)  # face i is all i
    x, target = mixer(MIXUP)(
        flat, torch.arange(60) % 2, slice(60)
    )  # partners differ in their labels
    for face in range(60):
        share = float(target[face, face % 2])
        expected = share * face + (1 - share) * (face ^ 1)
        assert x[face].mean() == pytest.approx(expected, abs=1e-4)
    assert torch.allclose(target.sum(dim=1), torch.ones(60))


def test_cutmix_takes_a_square_of_the_share_that_the_labels_say() -> None:
    x, target = mixer(CUTMIX)(
        (torch.arange(60.0) % 2).reshape(-1, 1, 1, 1).expand(-1, 1, 48, 48),
        torch.arange(60) % 2,
        slice(60),
    )
    for face in range(60):
        foreign = x[face, 0] != face % 2
        assert foreign.float().mean() == pytest.approx(float(target[face, 1 - face % 2]), abs=1e-6)
        rows, columns = (int(foreign.any(dim=axis).sum()) for axis in (1, 0))
        assert rows == pytest.approx(columns, abs=1)
        assert rows * columns == foreign.sum()


def test_it_does_not_matter_how_an_epoch_is_cut_between_pairs(
    faces: torch.Tensor, labels: torch.Tensor
) -> None:
    whole = mixer(MIXUP, CUTMIX)(faces, labels, slice(100, 160))
    shards = [
        mixer(MIXUP, CUTMIX)(
            faces[first : first + 14],
            labels[first : first + 14],
            slice(100 + first, 100 + min(first + 14, 60)),
        )
        for first in range(0, 60, 14)
    ]
    for index in (0, 1):
        assert torch.equal(torch.cat([shard[index] for shard in shards]), whole[index])


@pytest.mark.parametrize("change", ["seed", "epoch", "index"])
def test_seed_epoch_and_index_all_matter(
    faces: torch.Tensor, labels: torch.Tensor, change: str
) -> None:
    other = {"seed": 0, "epoch": 0, "index": 0} | {change: 4}
    index = other.pop("index")
    usual = mixer(MIXUP)(faces, labels, slice(60))[0]
    changed = mixer(MIXUP, **other)(faces, labels, slice(index, index + 60))[0]
    assert not torch.equal(usual, changed)


def test_the_last_epochs_see_plain_faces(faces: torch.Tensor, labels: torch.Tensor) -> None:
    option = MIXUP | {"until": 0.8}
    assert not torch.equal(mixer(option, epoch=7)(faces, labels, slice(60))[0], faces)
    assert torch.equal(mixer(option, epoch=8)(faces, labels, slice(60))[0], faces)


def test_a_last_face_without_a_partner_stays(faces: torch.Tensor, labels: torch.Tensor) -> None:
    assert partners(5).tolist() == [1, 0, 3, 2, 4]
    x, target = mixer(MIXUP, CUTMIX)(faces[:5], labels[:5], slice(5))
    assert torch.equal(x[4], faces[4])
    assert target[4, labels[4]] == 1


def test_a_loss_that_takes_no_mixed_labels_is_refused() -> None:
    params = merge(read_yaml(REPOSITORY / "params.yaml"), {"mix": [MIXUP]})
    with pytest.raises(BadInput, match="mix needs the loss cross_entropy"):
        resolve(params, "resnet")
