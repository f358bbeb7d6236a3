from pathlib import Path

import pytest

from benchmarks import seeds
from fer2013.runtime.errors import BadInput
from stages import ingest, split, tensors
from tests.benchmarks.data_set import write_data_set

SMALL = ["-S", "train.epochs=1", "-S", "train.threads=1", "-S", "network.channels=[4, 8, 8]"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_data_set(folder / "csv", 480)
    return folder


@pytest.fixture
def with_tensors(made: Path, in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(in_copy / "resume"))
    params = (in_copy / "params.yaml").read_text(encoding="utf-8")
    params = params.replace("folder: data/raw", f"folder: {made / 'csv'}")
    (in_copy / "params.yaml").write_text(params, encoding="utf-8")
    for stage in (ingest, split, tensors):
        stage.main()
    return in_copy


def table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    monkeypatch.setattr("sys.argv", ["seeds", "sprint", "1", "2", *SMALL])
    seeds.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("mean ")
    rows = [row for row in lines if row.startswith(("| 1 ", "| 2 "))]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]


def test_each_seed_is_another_run_and_is_not_repeated(
    with_tensors: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = table(monkeypatch, capsys)
    assert [row[0] for row in first] == ["1", "2"]
    assert first[0][3] != first[1][3]  # their losses
    monkeypatch.setattr("fer2013.core.loop.train_one_epoch", None)
    again = table(monkeypatch, capsys)
    assert [row[:-1] for row in again] == [row[:-1] for row in first]


def test_changes_reach_the_configuration(in_copy: Path) -> None:
    config = seeds.configured("sprint", ["optim.lr=0.02", "seed=7"])
    assert (config.optim.lr, config.seed) == (0.02, 7)
    with pytest.raises(BadInput, match=r"-S optim\.lr: it should be key=value"):
        seeds.configured("sprint", ["optim.lr"])
    with pytest.raises(BadInput, match=r"sprint with optim\.rate=1: optim"):
        seeds.configured("sprint", ["optim.rate=1"])
