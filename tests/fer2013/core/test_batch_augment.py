from typing import Any

import pytest
import torch
from pydantic import TypeAdapter

from fer2013.core.batch_augment import BatchAugmentation, BatchAugmenter
from tests.fer2013.core.made_up import IN_BATCHES

FACES = 2000  # of an epoch
EPOCH = slice(FACES)
FLIP, MOVE, CUTOUT = IN_BATCHES


def augmenter(*options: dict[str, Any], seed: int = 0, epoch: int = 0) -> BatchAugmenter:
    checked = TypeAdapter(list[BatchAugmentation]).validate_python(list(options))
    return BatchAugmenter(checked, seed, epoch, count=FACES)


def moving(shift: float = 0, scale: float = 0, rotate: float = 0) -> BatchAugmenter:
    return augmenter(MOVE | {"shift": shift, "scale": scale, "rotate": rotate, "p": 1})


@pytest.fixture
def faces() -> torch.Tensor:
    return torch.rand(60, 1, 48, 48, generator=torch.Generator().manual_seed(0))


def test_it_does_not_matter_how_an_epoch_is_cut(faces: torch.Tensor) -> None:
    whole = augmenter(*IN_BATCHES)(faces, slice(100, 160))
    batches = [
        augmenter(*IN_BATCHES)(batch, slice(start, start + len(batch)))
        for start, batch in zip(range(100, 160, 7), faces.split(7), strict=True)
    ]
    assert torch.equal(torch.cat(batches), whole)


@pytest.mark.parametrize("change", ["seed", "epoch", "index"])
def test_seed_epoch_and_index_all_matter(faces: torch.Tensor, change: str) -> None:
    other = {"seed": 0, "epoch": 0, "index": 0} | {change: 1000}
    index = other.pop("index")
    changed = augmenter(*IN_BATCHES, **other)(faces, slice(index, index + 60))
    assert not torch.equal(changed, augmenter(*IN_BATCHES)(faces, slice(60)))


def test_flip_mirrors_about_half(faces: torch.Tensor) -> None:
    face = faces[:1].expand(FACES, -1, -1, -1)
    changed = augmenter(FLIP)(face, EPOCH)
    mirrored = (changed == face.flip(-1)).flatten(1).all(dim=1)
    assert ((changed == face).flatten(1).all(dim=1) ^ mirrored).all()
    assert 0.45 < float(mirrored.float().mean()) < 0.55


def test_borders_are_reflected_not_black() -> None:
    grey = torch.full((FACES, 1, 48, 48), 0.75)
    assert torch.allclose(moving(0.1, 0.1, 15)(grey, EPOCH), grey)


def dot_moved(move: BatchAugmenter, left: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a white square goes: to the right of the centre and below it, in pixels."""
    face = torch.zeros(FACES, 1, 48, 48)
    face[:, :, 22:26, left : left + 4] = 1
    moved = move(face, EPOCH)
    pixels, mass = torch.arange(48) - 23.5, moved.sum(dim=(1, 2, 3))
    right = (moved.sum(dim=(1, 2)) * pixels).sum(dim=1) / mass
    down = (moved.sum(dim=(1, 3)) * pixels).sum(dim=1) / mass
    return right, down


def test_shifts_go_as_far_as_they_say() -> None:
    for shift in dot_moved(moving(shift=0.1), 22):
        assert 4.6 < float(shift.abs().max()) <= 4.81  # a tenth of 48, by parts of a pixel
        assert float(shift.std()) == pytest.approx(4.8 / 3**0.5, abs=0.2)


def test_turns_go_evenly_as_far_as_they_say() -> None:
    right, down = dot_moved(moving(rotate=15), 40)
    angles = torch.rad2deg(torch.atan2(down, right))
    assert 14.5 < float(angles.abs().max()) < 15.1
    assert float(angles.std()) == pytest.approx(15 / 3**0.5, abs=0.4)
    assert torch.allclose(torch.hypot(right, down), torch.tensor(18.0), atol=0.1)


def test_scales_go_as_far_as_they_say() -> None:
    right, down = dot_moved(moving(scale=0.1), 40)
    assert float(down.abs().max()) < 0.1
    assert 16.1 < float(right.min()) < 16.3  # 18 from the middle, 10 % less or more
    assert 19.7 < float(right.max()) < 19.9


def test_cutout_fills_a_square_with_the_mean(faces: torch.Tensor) -> None:
    face = faces[:1].expand(FACES, -1, -1, -1)
    changed = augmenter(CUTOUT)(face, EPOCH)
    holes = (changed != face).flatten(1).sum(dim=1)
    assert 0.45 < float((holes > 0).float().mean()) < 0.55
    assert int(holes.max()) == 12 * 12
    whole = changed[holes == 12 * 12]
    assert torch.allclose(whole[whole != faces[0]], faces[0].mean())
