from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fer2013.core.augment import Augmentation, Augmenter
from tests.fer2013.core.made_up import PARAMS

STRONG: list[dict[str, Any]] = PARAMS["augment"]
MOVE = {"name": "shift_scale_rotate", "shift": 0, "scale": 0, "rotate": 0, "p": 1}


def augmenter(*options: dict[str, Any], seed: int = 0) -> Augmenter:
    return Augmenter(TypeAdapter(list[Augmentation]).validate_python(list(options)), seed)


def many(change: Augmenter, face: np.ndarray, count: int = 1000) -> np.ndarray:
    """→ [count, 48, 48]"""
    return np.stack([change(face, 0, index) for index in range(count)])


@pytest.fixture
def face(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (48, 48), dtype=np.uint8)


def test_depends_on_seed_epoch_and_index_only(face: np.ndarray) -> None:
    forwards, backwards = augmenter(*STRONG), augmenter(*STRONG)
    first = {index: forwards(face, 3, index) for index in range(200)}
    for index in reversed(range(200)):
        assert np.array_equal(backwards(face, 3, index), first[index])


@pytest.mark.parametrize("change", ["seed", "epoch", "index"])
def test_each_of_them_matters(face: np.ndarray, change: str) -> None:
    def some(seed: int, epoch: int, index: int) -> np.ndarray:
        return np.stack([augmenter(*STRONG, seed=seed)(face, epoch, index + i) for i in range(20)])

    other = {"seed": 0, "epoch": 0, "index": 0} | {change: 1000}
    assert not np.array_equal(some(0, 0, 0), some(**other))


def test_flip_mirrors_about_half(face: np.ndarray) -> None:
    flipped = many(augmenter({"name": "flip", "p": 0.5}), face)
    mirrored = (flipped == face[:, ::-1]).all(axis=(1, 2))
    assert 0.45 < mirrored.mean() < 0.55


def test_coarse_dropout_blackens_as_version_1_did() -> None:
    """Exactly 8 holes of 8×8, overlaps included: 19 to 20 % of the face."""
    drop = augmenter({"name": "coarse_dropout", "holes": 8, "height": 8, "width": 8, "p": 1})
    black = (many(drop, np.full((48, 48), 255, np.uint8), 2000) == 0).mean(axis=(1, 2))
    assert 0.19 < black.mean() < 0.20
    assert black.max() <= 8 * 64 / 2304


def test_noise_has_version_1s_variance_in_grey_levels() -> None:
    noise = augmenter({"name": "gauss_noise", "variance": [10, 50], "p": 1})
    noisy = many(noise, np.full((48, 48), 128, np.uint8), 2000).astype(float)
    variances = noisy.var(axis=(1, 2)) - 1 / 12  # rounding adds a twelfth
    assert abs(noisy.mean() - 128) < 0.05
    assert np.isclose(variances.mean(), 30, atol=1)
    assert np.isclose(np.quantile(variances, [0.25, 0.75]), [20, 40], atol=2).all()  # even


def dot_moved(move: Augmenter, left: int) -> tuple[np.ndarray, np.ndarray]:
    """Where a white square goes: to the right of the centre and below it, in pixels."""
    dot = np.zeros((48, 48), np.uint8)
    dot[22:26, left : left + 4] = 255
    y, x = np.mgrid[:48, :48] - 23.5
    moved = many(move, dot, 2000).astype(float)
    mass = moved.sum(axis=(1, 2))
    return (moved * x).sum(axis=(1, 2)) / mass, (moved * y).sum(axis=(1, 2)) / mass


def test_shifts_go_evenly_as_far_as_they_say() -> None:
    for shift in dot_moved(augmenter(MOVE | {"shift": 0.1}), 22):
        assert 4.5 < np.abs(shift).max() <= 4.85  # a tenth of 48, by parts of a pixel
        assert np.isclose(shift.std(), 4.8 / 3**0.5, atol=0.2)


def rotate(degrees: float, interpolation: str, border: str) -> dict[str, Any]:
    options = {"degrees": degrees, "interpolation": interpolation, "border": border}
    return {"name": "rotate", **options, "p": 1}


TURNS = [rotate(15, "linear", "reflect"), MOVE | {"rotate": 15}]


@pytest.mark.parametrize("move", TURNS, ids=lambda move: move["name"])
def test_turns_go_evenly_as_far_as_they_say(move: dict[str, Any]) -> None:
    right, down = dot_moved(augmenter(move), 39)
    angles = np.degrees(np.arctan2(down, right))
    assert 14.7 < np.abs(angles).max() < 15.2
    assert np.isclose(angles.std(), 15 / 3**0.5, rtol=0.04)


@pytest.mark.parametrize("move", TURNS, ids=lambda move: move["name"])
def test_a_reflected_border_does_not_repeat_the_outermost_pixels(
    face: np.ndarray, move: dict[str, Any]
) -> None:
    """It is what numpy's "reflect" pads with. With "symmetric", 9 % of the pixels would differ."""
    moving, wider = augmenter(move), np.pad(face, 12, mode="reflect")
    cropped = many(moving, wider, 200)[:, 12:-12, 12:-12]
    assert np.mean(cropped != many(moving, face, 200)) < 0.03  # rounding makes 2 %


def test_a_black_border_shows_in_the_corners() -> None:
    """Up to about one degree it does not: the nearest pixel of a corner is the corner."""
    turned = many(augmenter(rotate(10, "nearest", "black")), np.full((48, 48), 200, np.uint8))
    corners = turned[:, ::47, ::47]
    black = (corners == 0).all(axis=(1, 2))
    assert 0.85 < black.mean() < 0.91
    assert (corners[~black] == 200).all()


def test_brightness_and_contrast_stay_in_their_range() -> None:
    change = augmenter({"name": "brightness_contrast", "brightness": 0.2, "contrast": 0.2, "p": 1})
    levels = many(change, np.full((48, 48), 100, np.uint8), 2000)[:, 0, 0].astype(float)
    assert levels.min() >= 80 - 51 - 1
    assert levels.max() <= 120 + 51 + 1
    assert levels.std() > 25
