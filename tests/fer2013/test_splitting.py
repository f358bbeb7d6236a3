import numpy as np
import pandas as pd
import pytest

from fer2013.core.sections import check
from fer2013.data.report import IDENTICAL, PHOTOGRAPH
from fer2013.data.splitting import Split, balance, split
from fer2013.runtime.errors import BadInput


def options(keep_together: str, seed: int = 0) -> Split:
    values = {"val_fraction": 0.1, "keep_together": keep_together, "seed": seed}
    return check(Split, values, "params.yaml: split")


def first_of(groups: np.ndarray) -> np.ndarray:
    """The first index of each one's group."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    result: np.ndarray = first[group]
    return result


@pytest.fixture
def rows(rng: np.random.Generator) -> pd.DataFrame:
    """2,000 Training rows of 1,400 different faces and of fewer photographs, and 30 test rows."""
    same_as = first_of(np.sort(rng.integers(0, 1400, 2000)))
    emotion = rng.choice(7, 2000, p=[0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17])
    emotion = np.where(rng.random(2000) < 0.9, emotion[same_as], emotion)  # some conflict
    usage = ["Training"] * 2000 + ["PublicTest"] * 10 + ["PrivateTest"] * 10 + ["Unlabelled"] * 10
    return pd.DataFrame(
        {
            "usage": usage,
            "emotion": np.concatenate([emotion, [0] * 20, [-1] * 10]),
            "same_as": np.concatenate([same_as, np.arange(2000, 2030)]),
            "photograph": np.concatenate([first_of(same_as // 3), np.arange(2000, 2030)]),
        }
    )


def crossing(rows: pd.DataFrame, parts: pd.Series, column: str) -> int:
    """How many validation rows have a copy in train."""
    return int(rows[column][parts == "val"].isin(rows[column][parts == "train"]).sum())


def test_copies_stay_on_one_side(rows: pd.DataFrame) -> None:
    near, exact, random = (split(rows, options(kept)) for kept in ("near", "exact", "none"))
    assert crossing(rows, near, PHOTOGRAPH) == 0
    assert crossing(rows, exact, IDENTICAL) == 0
    assert crossing(rows, exact, PHOTOGRAPH) > 20
    assert crossing(rows, random, IDENTICAL) > 20
    assert (random == "val").sum() == 200


@pytest.mark.parametrize("kept", ["near", "exact", "none"])
def test_every_class_has_its_share_in_val(rows: pd.DataFrame, kept: str) -> None:
    parts = split(rows, options(kept))
    training = rows[rows.usage == "Training"]
    in_val = (parts[training.index] == "val").groupby(training.emotion).mean()
    assert np.allclose(in_val, 0.1, atol=0.045)
    assert abs((parts == "val").sum() - 200) <= 20
    train, val = (parts == "train").sum(), (parts == "val").sum()
    assert balance(parts, rows).startswith(f"train {train:,} faces, val {val}; the share of ")


def test_test_rows_keep_their_part(rows: pd.DataFrame) -> None:
    parts = split(rows, options("exact"))
    assert parts[2000:].tolist() == (
        ["public_test"] * 10 + ["private_test"] * 10 + ["unlabelled"] * 10
    )


def test_the_seed_decides(rows: pd.DataFrame) -> None:
    first, again, other = (split(rows, options("near", seed)) for seed in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_class_with_one_face_is_refused_by_name(rows: pd.DataFrame) -> None:
    rows.loc[rows.emotion == 6, "emotion"] = 5
    rows.loc[0, "emotion"] = 6
    with pytest.raises(BadInput, match=r"val_fraction 0\.1: .* only one face of class Neutral"):
        split(rows, options("none"))


def test_the_old_key_is_refused_with_the_new_one() -> None:
    old = {"val_fraction": 0.1, "keep_duplicates_together": True, "seed": 0}
    with pytest.raises(BadInput, match="called keep_together now: write exact for true") as error:
        check(Split, old, "params.yaml: split")
    assert "\n" not in str(error.value)
