from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fer2013.core.constants import CLASSES
from fer2013.core.parts import Part
from tests.pipeline.workspace import Workspace
from tests.tools.review.scratch import FACES
from tools.repository import git_output
from tools.review import faces
from tools.review.faces import draw_faces
from tools.review.models import Model, review_models
from tools.review.revision import Revision


@pytest.fixture
def models(scratch: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Model]:
    monkeypatch.chdir(scratch.folder)
    base, head = (
        Revision(git_output("rev-parse", name).strip()) for name in ("main", "improvement")
    )
    found = review_models(base, head)
    monkeypatch.chdir(tmp_path)
    return [model for model in found if model.name == "vit"]


def write_part(rows: torch.Tensor, labels: torch.Tensor) -> None:
    faces.TENSORS.parent.mkdir(parents=True)
    pixels = torch.zeros(FACES, 1, 48, 48, dtype=torch.uint8)
    no = torch.zeros(FACES, dtype=torch.bool)
    part = Part(pixels, labels, rows, no, no.clone(), no.clone(), no.clone())
    save_file(vars(part), faces.TENSORS)


def rows_and_labels(model: Model) -> tuple[torch.Tensor, torch.Tensor]:
    assert model.after
    table = model.after.predictions
    codes = [CLASSES.index(name) for name in table.actual]
    return torch.tensor(table.row.to_numpy()), torch.tensor(codes)


def test_faces_of_changed_models_are_drawn_where_git_ignores_them(models: list[Model]) -> None:
    write_part(*rows_and_labels(models[0]))
    assert draw_faces(models) == [Path("review/faces/vit.png")]
    assert Path("review/faces/vit.png").stat().st_size > 10_000


def test_faces_of_another_split_are_not_drawn(models: list[Model]) -> None:
    rows, labels = rows_and_labels(models[0])
    write_part(rows, (labels + 1) % 7)
    assert draw_faces(models) == []


def test_without_data_nothing_is_drawn(models: list[Model]) -> None:
    assert draw_faces(models) == []
