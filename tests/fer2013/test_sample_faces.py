import numpy as np
import pytest

from fer2013.data.sample import BLANKS, draw_data_set


def test_same_seed_same_faces() -> None:
    first, again, other = (draw_data_set(140, 20, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(("rows", "test_rows"), [(140, 1), (500, 60)])
def test_it_has_real_datas_flaws(rows: int, test_rows: int) -> None:
    faces, labels, test = draw_data_set(rows, test_rows, 0)
    assert faces.shape == (rows, 48, 48)
    assert faces.dtype == np.uint8
    assert test.shape == (test_rows, 48, 48)
    assert np.bincount(labels, minlength=7).min() >= 2
    seen: dict[bytes, set[int]] = {}
    for face, label in zip(faces, labels, strict=True):
        seen.setdefault(face.tobytes(), set()).add(int(label))
    assert len(seen) <= rows - round(0.03 * rows)
    assert sum(len(of_one_face) > 1 for of_one_face in seen.values()) >= 1
    assert sum(not face.any() for face in faces) == BLANKS
    assert sum(face.tobytes() in seen for face in test) == round(0.08 * test_rows)
