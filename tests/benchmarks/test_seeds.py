from pathlib import Path

import pytest

from benchmarks import seeds
from fer2013.runtime.errors import BadInput
from tests.benchmarks.conftest import Printed

SMALL = ["-S", "train.epochs=1", "-S", "train.threads=1", "-S", "network.channels=[4, 8, 8]"]


def test_each_seed_is_another_run_and_is_not_repeated(
    with_tensors: Path, printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = printed(seeds.main, "sprint", "1", "2", *SMALL)[2:]
    assert [row[0] for row in first] == ["1", "2"]
    assert first[0][3] != first[1][3]  # their losses
    monkeypatch.setattr("fer2013.core.loop.train_one_epoch", None)
    again = printed(seeds.main, "sprint", "1", "2", *SMALL)[2:]
    assert [row[:-1] for row in again] == [row[:-1] for row in first]


def test_changes_reach_the_configuration(in_copy: Path) -> None:
    config = seeds.configured("sprint", ["optim.lr=0.02", "seed=7"])
    assert (config.optim.lr, config.seed) == (0.02, 7)
    with pytest.raises(BadInput, match=r"-S optim\.lr: it should be key=value"):
        seeds.configured("sprint", ["optim.lr"])
