from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fer2013.core.augment import Augmentation, Augmenter

FLIP = {"name": "flip", "p": 0.5}
STRONG: list[dict[str, Any]] = [
    FLIP,
    {"name": "shift_scale_rotate", "shift": 0.1, "scale": 0.1, "rotate": 15, "p": 0.5},
    {"name": "brightness_contrast", "brightness": 0.2, "contrast": 0.2, "p": 0.5},
    {"name": "gauss_noise", "variance": [10, 50], "p": 0.3},
    {"name": "coarse_dropout", "holes": 8, "height": 8, "width": 8, "p": 0.3},
]


def augmenter(*options: dict[str, Any], seed: int = 0) -> Augmenter:
    return Augmenter(TypeAdapter(list[Augmentation]).validate_python(list(options)), seed)


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


def test_no_augmentation_leaves_the_face_alone(face: np.ndarray) -> None:
    assert augmenter()(face, 0, 0) is face


def test_flip_mirrors_about_half(face: np.ndarray) -> None:
    flip = augmenter(FLIP)
    mirrored = [np.array_equal(flip(face, 0, index), face[:, ::-1]) for index in range(1000)]
    assert 0.45 < np.mean(mirrored) < 0.55


def test_coarse_dropout_blackens_as_version_1_did() -> None:
    """Exactly 8 holes of 8×8, overlaps included: 19 to 20 % of the face."""
    drop = augmenter({"name": "coarse_dropout", "holes": 8, "height": 8, "width": 8, "p": 1})
    white = np.full((48, 48), 255, np.uint8)
    shares = [np.mean(drop(white, 0, index) == 0) for index in range(2000)]
    assert 0.19 < np.mean(shares) < 0.20
    assert max(shares) <= 8 * 64 / 2304


def test_noise_has_version_1s_variance_in_grey_levels() -> None:
    noise = augmenter({"name": "gauss_noise", "variance": [10, 50], "p": 1})
    grey = np.full((48, 48), 128, np.uint8)
    noisy = np.stack([noise(grey, 0, index) for index in range(2000)]).astype(float)
    variances = noisy.var(axis=(1, 2)) - 1 / 12  # rounding adds a twelfth
    assert abs(noisy.mean() - 128) < 0.05
    assert np.isclose(variances.mean(), 30, atol=1)
    assert np.isclose(np.quantile(variances, [0.25, 0.75]), [20, 40], atol=2).all()  # even


def test_shift_scale_rotate_moves_within_its_limits() -> None:
    move = augmenter({"name": "shift_scale_rotate", "shift": 0.1, "scale": 0, "rotate": 0, "p": 1})
    dot = np.zeros((48, 48), np.uint8)
    dot[22:26, 22:26] = 255
    y, x = np.mgrid[:48, :48]
    moved = [move(dot, 0, index).astype(float) for index in range(1000)]
    right = np.array([(image * x).sum() / image.sum() - 23.5 for image in moved])
    down = np.array([(image * y).sum() / image.sum() - 23.5 for image in moved])
    for shift in (right, down):
        assert 4.5 < np.abs(shift).max() <= 4.85  # a tenth of 48, by parts of a pixel
        assert np.isclose(shift.std(), 4.8 / 3**0.5, atol=0.2)


def rotation(degrees: float, interpolation: str, border: str, p: float = 1.0) -> Augmenter:
    options = {"degrees": degrees, "interpolation": interpolation, "border": border, "p": p}
    return augmenter({"name": "rotate", **options})


def test_a_black_border_shows_in_the_corners() -> None:
    """Up to about one degree it does not: the nearest pixel of a corner is the corner."""
    rotate = rotation(10, "nearest", "black")
    bright = np.full((48, 48), 200, np.uint8)
    corners = np.stack([rotate(bright, 0, index)[::47, ::47] for index in range(1000)])
    black = (corners == 0).all(axis=(1, 2))
    assert 0.85 < black.mean() < 0.91
    assert (corners[~black] == 200).all()


@pytest.mark.parametrize(
    "move",
    [
        {"name": "rotate", "degrees": 15, "interpolation": "linear", "border": "reflect", "p": 1},
        {"name": "shift_scale_rotate", "shift": 0, "scale": 0, "rotate": 15, "p": 1},
    ],
    ids=lambda move: move["name"],
)
def test_a_reflected_border_does_not_repeat_the_outermost_pixels(
    face: np.ndarray, move: dict[str, Any]
) -> None:
    """It is what numpy's "reflect" pads with. With "symmetric", 9 % of the pixels would differ."""
    moving, wider = augmenter(move), np.pad(face, 12, mode="reflect")
    cropped = [moving(wider, 0, index)[12:-12, 12:-12] for index in range(200)]
    moved = [moving(face, 0, index) for index in range(200)]
    assert np.mean(np.stack(cropped) != np.stack(moved)) < 0.03  # rounding makes 2 %


@pytest.mark.parametrize("degrees", [10, 15])
def test_rotate_turns_uniformly_within_its_limits(degrees: float) -> None:
    rotate = rotation(degrees, "linear", "reflect")
    dot = np.zeros((48, 48), np.uint8)
    dot[22:26, 40:43] = 255  # right of the centre, 17.5 pixels away
    y, x = np.mgrid[:48, :48] - 23.5
    turned = [rotate(dot, 0, index).astype(float) for index in range(2000)]
    angles = [np.degrees(np.arctan2((image * y).sum(), (image * x).sum())) for image in turned]
    assert degrees - 0.3 < np.max(np.abs(angles)) < degrees + 0.1
    assert np.isclose(np.std(angles), degrees / 3**0.5, rtol=0.04)
    quarters = np.quantile(angles, [0.25, 0.5, 0.75])
    assert np.isclose(quarters, [-degrees / 2, 0, degrees / 2], atol=0.07 * degrees).all()


def test_brightness_and_contrast_stay_in_their_range() -> None:
    change = augmenter({"name": "brightness_contrast", "brightness": 0.2, "contrast": 0.2, "p": 1})
    grey = np.full((48, 48), 100, np.uint8)
    levels = np.array([change(grey, 0, index)[0, 0] for index in range(2000)], float)
    assert levels.min() >= 80 - 51 - 1
    assert levels.max() <= 120 + 51 + 1
    assert levels.std() > 25
