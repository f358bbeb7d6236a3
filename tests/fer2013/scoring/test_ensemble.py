from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from fer2013.core.parts import Part
from fer2013.runtime.errors import BadInput
from fer2013.scoring.ensemble import mean_probabilities, read_member, run_id

ROWS = {"train": [1, 2], "val": [0, 3, 4], "unlabelled": []}
REMEDY = "make it again"


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
    found, written = read(member), some_probabilities(0)
    assert found.keys() == written.keys()
    assert all(torch.equal(found[name], written[name]) for name in written)


@pytest.mark.parametrize("shape", [(2, 7), (4, 7), (3, 6), (3,)])
def test_probabilities_of_another_number_of_faces_are_refused(
    member: Path, shape: tuple[int, ...]
) -> None:
    save_file(some_probabilities(0) | {"val": torch.ones(shape)}, member / "vit.safetensors")
    with pytest.raises(BadInput, match=rf"for the 3 faces of val in data/tensors; {REMEDY}\."):
        read(member)


def test_probabilities_without_a_part_are_refused(member: Path) -> None:
    save_file({"val": torch.ones(3, 7)}, member / "vit.safetensors")
    with pytest.raises(BadInput, match="for the 2 faces of train"):
        read(member)


@pytest.mark.parametrize(
    "predictions",
    ["row,actual,predicted\n0,Sad,Sad\n3,Sad,Sad\n5,Sad,Fear\n", "actual,predicted\nSad,Sad\n"],
)
def test_probabilities_of_as_many_other_rows_are_refused(member: Path, predictions: str) -> None:
    (member / "vit.csv").write_text(predictions)
    with pytest.raises(BadInput, match=rf"vit\.csv has other validation rows .*; {REMEDY}\."):
        read(member)


@pytest.mark.parametrize("name", ["vit.safetensors", "vit.csv"])
def test_a_member_without_results_is_refused(member: Path, name: str) -> None:
    (member / name).unlink()
    with pytest.raises(BadInput, match=rf"{name} is missing or damaged .*; {REMEDY}"):
        read(member)


def test_the_mean_gives_each_member_the_same_say() -> None:
    members = [some_probabilities(seed) for seed in range(3)]
    mean = mean_probabilities(members)
    assert len(mean["unlabelled"]) == 0
    expected = (members[0]["val"] + members[1]["val"] + members[2]["val"]) / 3
    torch.testing.assert_close(mean["val"], expected)
    torch.testing.assert_close(mean["val"].sum(dim=1), torch.ones(3))


def test_a_weight_counts_as_often_as_it_says() -> None:
    first, second = some_probabilities(0), some_probabilities(1)
    weighted = mean_probabilities([first, second], [3, 1])
    repeated = mean_probabilities([first, first, first, second])
    torch.testing.assert_close(weighted["val"], repeated["val"])
    torch.testing.assert_close(weighted, mean_probabilities([first, second], [0.75, 0.25]))


def test_the_id_tells_ensembles_apart() -> None:
    same, other = some_probabilities(0), some_probabilities(1)
    assert run_id(same) == run_id(some_probabilities(0))
    assert run_id(same) != run_id(other)
    assert run_id(same) != run_id(same | {"val": other["val"]})
