import numpy as np
import pandas as pd
import pytest

from fer2013.data.splitting import split
from fer2013.runtime.errors import BadInput


@pytest.fixture
def rows(rng: np.random.Generator) -> pd.DataFrame:
    """2,000 Training rows of 1,400 different faces, and 30 test rows of other ones."""
    same_as = np.sort(rng.integers(0, 1400, 2000))
    same_as = np.unique(same_as, return_index=True)[1][np.unique(same_as, return_inverse=True)[1]]
    emotion = rng.choice(7, 2000, p=[0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
    emotion = np.where(rng.random(2000) < 0.9, emotion[same_as], emotion)  # some conflict
    usage = ["Training"] * 2000 + ["PublicTest"] * 10 + ["PrivateTest"] * 10 + ["Unlabelled"] * 10
    return pd.DataFrame(
        {
            "usage": usage,
            "emotion": np.concatenate([emotion, [0] * 20, [-1] * 10]),
            "same_as": np.concatenate([same_as, np.arange(2000, 2030)]),
        }
    )


def crossing(rows: pd.DataFrame, parts: pd.Series) -> int:
    """How many validation rows have an identical face in train."""
    return int(rows.same_as[parts == "val"].isin(rows.same_as[parts == "train"]).sum())


def test_identical_faces_stay_on_one_side(rows: pd.DataFrame) -> None:
    assert crossing(rows, split(rows, 0.1, keep_duplicates_together=True, seed=0)) == 0


def test_the_published_random_split_lets_them_cross(rows: pd.DataFrame) -> None:
    parts = split(rows, 0.1, keep_duplicates_together=False, seed=0)
    assert crossing(rows, parts) > 20
    assert (parts == "val").sum() == 200


@pytest.mark.parametrize("together", [True, False])
def test_every_class_has_its_share_in_val(rows: pd.DataFrame, together: bool) -> None:
    parts = split(rows, 0.1, together, seed=0)
    training = rows[rows.usage == "Training"]
    in_val = (parts[training.index] == "val").groupby(training.emotion).mean()
    assert np.allclose(in_val, 0.1, atol=0.045)
    assert abs((parts == "val").sum() - 200) <= 10


def test_test_rows_keep_their_part(rows: pd.DataFrame) -> None:
    parts = split(rows, 0.1, keep_duplicates_together=True, seed=0)
    assert parts[2000:].tolist() == (
        ["public_test"] * 10 + ["private_test"] * 10 + ["unlabelled"] * 10
    )


def test_the_seed_decides(rows: pd.DataFrame) -> None:
    first, again, other = (split(rows, 0.1, True, seed) for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_class_with_one_face_is_refused_by_name(rows: pd.DataFrame) -> None:
    rows.loc[rows.emotion == 6, "emotion"] = 5
    rows.loc[0, "emotion"] = 6
    with pytest.raises(BadInput, match=r"val_fraction 0\.1: .* only one face of class Neutral"):
        split(rows, 0.1, keep_duplicates_together=False, seed=0)
