import numpy as np
import pytest

from fer2013.predict.pictures import BOX_IN_CROP, Box, as_faces, crop_face, to_grey


def test_a_crop_of_the_right_size_keeps_its_pixels(rng: np.random.Generator) -> None:
    faces = rng.integers(0, 256, (5, 48, 48), np.uint8)
    np.testing.assert_array_equal(as_faces(faces)[:, 0], faces)


def test_grey_keeps_its_values_and_red_counts_as_red() -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_grey(np.dstack([grey] * 3)), grey)
    np.testing.assert_array_equal(to_grey(np.dstack([grey] * 4)), grey)
    assert to_grey(np.array([[[255, 0, 0]]], np.uint8)) == 76  # 0.299 × 255, as in ITU-R BT.601


def test_the_box_lies_in_the_crop_as_measured() -> None:
    grey = np.zeros((200, 200), np.uint8)
    grey[80:123, 70:113] = 255
    crop = crop_face(grey, Box(70, 80, 43, 43)) > 127
    assert abs(int(crop.any(axis=0).sum()) - round(48 * BOX_IN_CROP)) <= 1
    rows = np.flatnonzero(crop.any(axis=1))
    assert rows.mean() - 23.5 == pytest.approx(0.08 * 48, abs=1)


@pytest.mark.parametrize(
    "box",
    [Box(-30, -30, 60, 60), Box(90, 90, 60, 60), Box(0, 0, 500, 500), Box(150, -280, 10, 10)],
)
def test_beyond_the_border_the_last_pixels_are_repeated(box: Box) -> None:
    crop = crop_face(np.full((100, 100), 77, np.uint8), box)
    np.testing.assert_array_equal(crop, np.full((48, 48), 77, np.uint8))


@pytest.mark.parametrize(
    ("crops", "words"),
    [
        (np.zeros((2, 48, 48)), "number 0 is float64"),
        ([np.zeros((48, 48), np.uint8), np.zeros(48, np.uint8)], r"number 1 is \(48,\)"),
        (np.zeros((2, 48, 48, 2), np.uint8), r"\(48, 48, 2\)"),
    ],
)
def test_invalid_crops_are_refused(crops: np.ndarray, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        as_faces(crops)
