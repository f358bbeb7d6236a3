import warnings
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fer2013.augment import Chain
from fer2013.config import Augmentation

FLIP = {"name": "flip", "p": 0.5}
STRONG: list[dict[str, Any]] = [
    FLIP,
    {"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 0.5},
    {"name": "brightness_contrast", "brightness": 0.2, "contrast": 0.2, "p": 0.5},
    {"name": "gauss_noise", "variance": [10, 50], "p": 0.3},
    {"name": "coarse_dropout", "holes": 8, "height": 8, "width": 8, "p": 0.3},
]


def chain(*options: dict[str, Any], seed: int = 0) -> Chain:
    return Chain(TypeAdapter(list[Augmentation]).validate_python(list(options)), seed)


@pytest.fixture
def face(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (48, 48), dtype=np.uint8)


def test_depends_on_seed_epoch_and_place_only(face: np.ndarray) -> None:
    forwards, backwards = chain(*STRONG), chain(*STRONG)
    first = {place: forwards(face, 3, place) for place in range(200)}
    for place in reversed(range(200)):
        assert np.array_equal(backwards(face, 3, place), first[place])


@pytest.mark.parametrize("change", ["seed", "epoch", "place"])
def test_each_of_them_matters(face: np.ndarray, change: str) -> None:
    def some(seed: int, epoch: int, place: int) -> np.ndarray:
        return np.stack([chain(*STRONG, seed=seed)(face, epoch, place + i) for i in range(20)])

    other = {"seed": 0, "epoch": 0, "place": 0} | {change: 1000}
    assert not np.array_equal(some(0, 0, 0), some(**other))


def test_no_augmentation_leaves_the_face_alone(face: np.ndarray) -> None:
    assert chain()(face, 0, 0) is face


def test_flip_mirrors_about_half(face: np.ndarray) -> None:
    flip = chain(FLIP)
    mirrored = [np.array_equal(flip(face, 0, place), face[:, ::-1]) for place in range(1000)]
    assert 0.45 < np.mean(mirrored) < 0.55


def test_coarse_dropout_blackens_as_version_1_did() -> None:
    """Exactly 8 holes of 8×8, overlaps included: 19 to 20 % of the face."""
    drop = chain({"name": "coarse_dropout", "holes": 8, "height": 8, "width": 8, "p": 1})
    white = np.full((48, 48), 255, np.uint8)
    shares = [np.mean(drop(white, 0, place) == 0) for place in range(2000)]
    assert 0.19 < np.mean(shares) < 0.20
    assert max(shares) <= 8 * 64 / 2304


def test_noise_has_version_1s_variance_in_grey_levels() -> None:
    noise = chain({"name": "gauss_noise", "variance": [10, 50], "p": 1})
    grey = np.full((48, 48), 128, np.uint8)
    noisy = np.stack([noise(grey, 0, place) for place in range(2000)]).astype(float)
    variances = noisy.var(axis=(1, 2)) - 1 / 12  # rounding adds a twelfth
    assert abs(noisy.mean() - 128) < 0.05
    assert np.isclose(variances.mean(), 30, atol=1)
    assert np.isclose(np.quantile(variances, [0.25, 0.75]), [20, 40], atol=2).all()  # even


def test_borders_are_reflected_not_black() -> None:
    move = chain({"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 1})
    grey = np.full((48, 48), 200, np.uint8)
    assert all(np.all(move(grey, 0, place) == 200) for place in range(200))


def test_shift_scale_rotate_moves_as_far_as_it_says() -> None:
    move = chain({"name": "shift_scale_rotate", "shift": 0.1, "scale": 0, "rotate": 0, "p": 1})
    dot = np.zeros((48, 48), np.uint8)
    dot[22:26, 22:26] = 255
    y, x = np.mgrid[:48, :48]
    moved = [move(dot, 0, place).astype(float) for place in range(1000)]
    right = np.array([(image * x).sum() / image.sum() - 23.5 for image in moved])
    down = np.array([(image * y).sum() / image.sum() - 23.5 for image in moved])
    for shift in (right, down):
        assert 4.5 < np.abs(shift).max() <= 4.85  # a tenth of 48, by parts of a pixel
        assert np.isclose(shift.std(), 4.8 / 3**0.5, atol=0.2)


def test_brightness_and_contrast_stay_in_their_range() -> None:
    change = chain({"name": "brightness_contrast", "brightness": 0.2, "contrast": 0.2, "p": 1})
    grey = np.full((48, 48), 100, np.uint8)
    levels = np.array([change(grey, 0, place)[0, 0] for place in range(2000)], float)
    assert levels.min() >= 80 - 51 - 1
    assert levels.max() <= 120 + 51 + 1
    assert levels.std() > 25


def test_albumentations_accepts_every_argument() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chain(*STRONG)
