from pathlib import Path

import pytest

from fer2013.core.sections import read_yaml
from fer2013.runtime.restoring import STAGES, how_to_restore
from tests.conftest import REPOSITORY


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("data/faces", "run dvc repro ingest"),
        ("data/faces/pixels.npy", "run dvc repro ingest"),
        ("/somewhere/data/split.csv", "run dvc repro split"),
        ("data/tensors/val.safetensors", "run dvc repro tensors"),
        ("data/probabilities/vit.safetensors", "run dvc repro evaluate_vit"),
        ("metrics/scores/vit.json", "run dvc repro evaluate_vit"),
        ("models/vit/weights.safetensors", "train the model again"),
        ("elsewhere.csv", "make it again"),
    ],
)
def test_the_command_that_makes_a_file_again(path: str, sentence: str) -> None:
    assert how_to_restore(Path(path)) == sentence


def test_its_stages_are_those_of_dvc_yaml() -> None:
    stages = read_yaml(REPOSITORY / "dvc.yaml")["stages"]
    assert {stage.format("vit") for stage in STAGES.values()} <= stages.keys()
