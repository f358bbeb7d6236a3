from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from fer2013.core.parts import Part
from fer2013.runtime.errors import BadInput
from fer2013.scoring.ensemble import mean_probabilities, read_member, run_id

ROWS = {"train": [1, 2], "val": [0, 3, 4], "unlabelled": []}


def part(rows: list[int]) -> Part:
    flags = torch.zeros(len(rows), dtype=torch.bool)
    faces = torch.zeros(len(rows), 1, 48, 48, dtype=torch.uint8)
    return Part(faces, torch.zeros_like(flags), torch.tensor(rows), flags, flags, flags, flags)


PARTS = {name: part(rows) for name, rows in ROWS.items()}


def some_probabilities(seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(len(rows), 7, generator=generator).softmax(dim=1)
        for name, rows in ROWS.items()
    }


def read(folder: Path) -> dict[str, Tensor]:
    return read_member(folder / "vit.safetensors", folder / "vit.csv", PARTS)


@pytest.fixture
def member(tmp_path: Path) -> Path:
    save_file(some_probabilities(0), tmp_path / "vit.safetensors")
    (tmp_path / "vit.csv").write_text("row,actual,predicted\n0,Sad,Sad\n3,Sad,Sad\n4,Sad,Fear\n")
    return tmp_path


def test_a_member_is_read_as_it_was_written(member: Path) -> None:
    torch.testing.assert_close(read(member), some_probabilities(0), rtol=0, atol=0)


@pytest.mark.parametrize(
    "probabilities",
    [{"val": torch.ones(2, 7)}, {"val": torch.ones(3, 6)}, {"train": torch.ones(4, 7)}],
)
def test_probabilities_of_another_number_of_faces_are_refused(
    member: Path, probabilities: dict[str, Tensor]
) -> None:
    save_file(some_probabilities(0) | probabilities, member / "vit.safetensors")
    with pytest.raises(BadInput, match=r"not of the faces in data/tensors; make it again\."):
        read(member)


def test_probabilities_of_as_many_other_faces_are_refused(member: Path) -> None:
    path = member / "vit.csv"
    path.write_text(path.read_text().replace("4,Sad", "5,Sad"))
    with pytest.raises(BadInput, match=r"vit\.csv are not of the faces in data/tensors"):
        read(member)


def test_a_weight_counts_as_often_as_it_says() -> None:
    first, second = some_probabilities(0), some_probabilities(1)
    weighted = mean_probabilities([first, second], [3, 1])
    torch.testing.assert_close(weighted["val"], (3 * first["val"] + second["val"]) / 4)
    torch.testing.assert_close(weighted, mean_probabilities([first] * 3 + [second]))
    torch.testing.assert_close(weighted, mean_probabilities([first, second], [0.75, 0.25]))


def test_the_id_tells_ensembles_apart() -> None:
    same, other = some_probabilities(0), some_probabilities(1)
    assert run_id(same) == run_id(some_probabilities(0))
    assert run_id(same) != run_id(same | {"val": other["val"]})
