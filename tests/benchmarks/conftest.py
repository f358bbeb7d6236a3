"""What the benchmarks read and print."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fer2013.core.parts import Part
from fer2013.data.sample import draw_data_set

FACES = 160
Printed = Callable[..., list[list[str]]]


@pytest.fixture
def with_tensors(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params.yaml and the tensors of a few drawn faces, as current folder."""
    monkeypatch.setenv("FER2013_RESUME_DIR", str(in_copy / "resume"))
    (in_copy / "data/tensors").mkdir(parents=True)
    for seed, name in enumerate(("train", "val", "unlabelled")):
        faces, labels, _ = draw_data_set(FACES, 1, seed)
        pixels, rows = torch.from_numpy(faces).unsqueeze(1), torch.arange(FACES)
        flags = [torch.zeros(FACES, dtype=torch.bool) for _ in range(4)]
        part = Part(pixels, torch.from_numpy(labels), rows, *flags)
        save_file(vars(part), in_copy / f"data/tensors/{name}.safetensors")
    return in_copy


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """A function that runs a benchmark's main. → the cells of each line of its tables"""

    def run(main: Callable[[], None], *words: str) -> list[list[str]]:
        monkeypatch.setattr("sys.argv", ["benchmark", *words])
        main()
        return cells(capsys.readouterr().out)

    return run


def cells(output: str) -> list[list[str]]:
    lines = [line.split("|")[1:-1] for line in output.splitlines() if "|" in line]
    return [[cell.strip() for cell in line] for line in lines]
