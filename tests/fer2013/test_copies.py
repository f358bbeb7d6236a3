"""Copies of a photograph are found, whatever was done to them; different people alike are not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from fer2013.core.constants import CLASSES
from fer2013.data import copies
from fer2013.data.copies import near_copies, photographs
from fer2013.data.sample import draw_face

FACES = 42


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Six different people with each expression, in much the same pose. → uint8 [42, 48, 48]"""
    rng = np.random.default_rng(5)
    return np.stack([draw_face(CLASSES[face % 7], rng) for face in range(FACES)])


def shifted(face: np.ndarray) -> np.ndarray:
    matrix = np.array([[1, 0, 2], [0, 1, -2]], np.float32)
    return cv2.warpAffine(face, matrix, (48, 48), borderMode=cv2.BORDER_REFLECT)


def enlarged(face: np.ndarray) -> np.ndarray:
    return cv2.resize(face[3:45, 2:44], (48, 48), interpolation=cv2.INTER_AREA)


def brighter(face: np.ndarray) -> np.ndarray:
    return np.clip(face * 0.7 + 60, 0, 255).astype(np.uint8)


def compressed(face: np.ndarray) -> np.ndarray:
    _, jpeg = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE))


def watermarked(face: np.ndarray) -> np.ndarray:
    marked = face.copy()
    cv2.putText(marked, "stock", (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 255, 1)
    return cv2.addWeighted(face, 0.7, marked, 0.3, 0)


def mirrored(face: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(face[:, ::-1])


CHANGES = (shifted, enlarged, brighter, compressed, watermarked, mirrored)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_done_to_a_photograph_does_not_hide_it(
    faces: np.ndarray, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    both = np.concatenate([faces, np.stack([change(face) for face in faces])])
    pairs, similarity = near_copies(both)
    own = (pairs.second - pairs.first) == FACES
    assert len(set(pairs.first[own])) >= 0.95 * FACES
    assert own.mean() >= 0.95  # and hardly any other pairs
    assert (similarity >= copies.SAME_PHOTOGRAPH).all()


def test_different_people_alike_are_no_copies(faces: np.ndarray) -> None:
    pairs, _ = near_copies(faces)
    assert len(pairs.first) == 0


def test_chains_and_test_faces(faces: np.ndarray) -> None:
    one, two, three = faces[:3]
    pixels = np.stack([one, shifted(one), two, shifted(one), two, brighter(three), three, three])
    training = np.array([True] * 4 + [False] * 4)
    same_as = np.array([0, 1, 2, 1, 2, 5, 6, 6])
    assert photographs(pixels, same_as, training).tolist() == [0, 0, 2, 0, 2, 5, 5, 5]


def test_blank_faces_are_copies_of_nothing(faces: np.ndarray) -> None:
    blank = np.stack([np.full((48, 48), grey, np.uint8) for grey in (0, 90, 255)])
    pairs, _ = near_copies(np.concatenate([blank, faces[:2]]))
    assert len(pairs.first) == 0


def test_the_number_of_threads_changes_nothing(
    faces: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = np.concatenate([faces, np.stack([shifted(face) for face in faces])])
    results = []
    for threads in (1, 3):
        monkeypatch.setattr("os.cpu_count", lambda threads=threads: threads)
        results.append(near_copies(both))
    (one, similarity), (other, again) = results
    assert all(np.array_equal(*values) for values in zip(one, other, strict=True))
    assert np.array_equal(similarity, again)
