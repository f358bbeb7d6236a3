"""The notebook computes the same as the pipeline, so a comparison of their speeds is fair."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks import notebook
from benchmarks.notebook import read_csv
from fer2013.core.config import Config, resolve
from fer2013.core.inference import to_input
from fer2013.core.loading import Step
from fer2013.core.loop import train_step
from fer2013.core.run import start
from fer2013.core.sampling import Batch
from fer2013.core.sections import read_models, read_yaml
from fer2013.data.csv_sources import find_sources
from fer2013.data.faces import read_rows_table, write_faces
from fer2013.reporting.leaderboard import read_published
from tests.benchmarks.data_set import write_data_set
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
PUBLISHED = [model for model in read_models(PARAMS) if notebook.supports(resolve(PARAMS, model))]


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "csv"
    write_data_set(folder, 240)
    return folder


def short(model: str) -> Config:
    config = resolve(PARAMS, model)
    train = config.train.model_copy(update={"batch_size": 16, "epochs": 1, "threads": 1})
    return config.model_copy(update={"train": train})


def test_there_is_a_notebook_run_for_each_published_model() -> None:
    assert set(PUBLISHED) == set(read_published(REPOSITORY / "benchmarks/published.csv").index)


def test_it_reads_the_faces_that_the_pipeline_reads(csv: Path, tmp_path: Path) -> None:
    write_faces(tmp_path / "faces", find_sources(csv))
    table = notebook.read_csv(csv)
    rows = read_rows_table(tmp_path / "faces")
    assert table.emotion.tolist() == rows[rows.usage == "Training"].emotion.tolist()


@pytest.mark.long
@pytest.mark.parametrize("model", PUBLISHED)
def test_a_step_is_the_pipelines(model: str, csv: Path) -> None:
    config = short(model)
    table = read_csv(csv)
    faces = notebook.Faces(table, notebook.transform(config, augment=False))
    x = torch.stack([faces[index][0] for index in range(16)])
    y = torch.tensor([faces[index][1] for index in range(16)])
    compute = config.train.prepare(torch.float64)  # rounding would hide what differs
    run = start(config, compute, torch.tensor(table.emotion.to_numpy()))
    network, criterion, optimizer, _ = notebook.set_up(config, table.emotion.to_numpy())
    network.double()
    network.load_state_dict(run.network.state_dict())
    for part in (*run.network.modules(), *network.modules()):
        if isinstance(part, nn.Dropout):
            part.p = 0.0  # what it draws goes by the memory's order, and that differs
        if isinstance(part, nn.MultiheadAttention):
            part.dropout = 0.0
    pixels = torch.stack([torch.tensor(grey(text)) for text in table.pixels[:16]])
    grey_faces = pixels.reshape(-1, 1, 48, 48).float() / 255
    same = to_input(grey_faces, config.normalize, compute)
    assert torch.allclose(same, x, atol=1e-5)
    x = x.double()
    batch = Batch(epoch=0, start=0, faces=np.arange(16))
    step = Step(batch=batch, shard=batch, x=x, target=y, weight=1.0)
    train_step(run, run.network.train(), step)
    notebook.train_one_epoch(network, [(x, y)], criterion, optimizer, config.optim.clip_norm)
    for own, theirs in zip(run.network.parameters(), network.parameters(), strict=True):
        assert own.grad is not None and theirs.grad is not None
        assert (own.grad - theirs.grad).norm() <= 1e-9 * (own.grad.norm() + 1)


def grey(text: str) -> list[int]:
    return [int(word) for word in text.split()]


def test_it_trains_and_prints_a_line(
    csv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--csv", str(csv), "--model", "cnn_adam", "--epochs", "2", "--steps", "2"]
    monkeypatch.setattr("sys.argv", ["notebook", *words])
    notebook.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["epoch", "1/2"], ["epoch", "2/2"]]


def test_it_has_the_published_runs_only(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["notebook", "--csv", str(csv), "--model", "sprint"])
    with pytest.raises(Exception, match="the notebook has only the published runs, not sprint"):
        notebook.main()
