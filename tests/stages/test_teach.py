"""The teach stage, on drawn faces and on probabilities that are made up here."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from fer2013.config import overlaid, resolve, write_config
from fer2013.errors import exit_on_bad_input
from fer2013.params import read_yaml
from fer2013.part_files import write_part
from fer2013.parts import read_part
from fer2013.sample_faces import draw_data_set
from stages import teach, train

TRAIN, VAL = 20, 8
Stage = Callable[..., None]


@pytest.fixture
def stage(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Run the stage for vit, with these teachers in params.yaml and these from dvc.yaml."""
    faces, labels, _ = draw_data_set(TRAIN + VAL, 1, seed=0)
    table = pd.DataFrame({"emotion": labels, "row": np.arange(len(labels))})
    table = table.assign(has_twin=True, blank=False, conflicting=False)
    Path("data/tensors").mkdir(parents=True)
    for name, chosen in (("train", range(TRAIN)), ("val", range(TRAIN, TRAIN + VAL))):
        path = Path(f"data/tensors/{name}.safetensors")
        write_part(path, faces, table, np.array(chosen))
    for folder in ("data/probabilities", "data/taught", "metrics/predictions", "models/vit"):
        Path(folder).mkdir(parents=True)

    def run(wanted: list[str], *declared: str) -> None:
        models = {"vit": {"teachers": {"models": wanted, "weight": 0.5}}}
        params = overlaid(read_yaml(Path("params.yaml")), {"models": models})
        write_config(resolve(params, "vit"), Path("models/vit/config.yaml"))
        monkeypatch.setattr("sys.argv", ["teach", "vit", *declared])
        exit_on_bad_input(teach.main)

    return run


def evaluated(teacher: str, seed: int) -> torch.Tensor:
    """Write what evaluate leaves of a teacher. → its probabilities of the training faces [N, 7]"""
    torch.manual_seed(seed)
    said = {name: torch.rand(n, 7).softmax(dim=1) for name, n in (("train", TRAIN), ("val", VAL))}
    save_file(said, f"data/probabilities/{teacher}.safetensors")
    rows = pd.DataFrame({"row": range(TRAIN, TRAIN + VAL), "actual": "Sad", "predicted": "Fear"})
    rows.to_csv(f"metrics/predictions/{teacher}.csv", index=False)
    return said["train"]


def test_the_training_part_gets_the_teachers_mean(stage: Stage) -> None:
    sprint, resnet = evaluated("sprint", 1), evaluated("resnet", 2)
    stage(["sprint", "resnet"], "sprint", "resnet")
    part = read_part(Path("data/taught/vit.safetensors"))
    plain = read_part(Path("data/tensors/train.safetensors"))
    torch.testing.assert_close(part.taught, (sprint + resnet) / 2)
    assert torch.equal(part.faces, plain.faces)
    assert torch.equal(part.labels, plain.labels)


def test_a_teacher_of_other_faces_is_refused(stage: Stage) -> None:
    evaluated("sprint", 1)
    table = pd.read_csv("metrics/predictions/sprint.csv")
    table.assign(row=table.row + 1).to_csv("metrics/predictions/sprint.csv", index=False)
    with pytest.raises(SystemExit) as exit_:
        stage(["sprint"], "sprint")
    assert exit_.value.code == (
        "error: metrics/predictions/sprint.csv is of other validation rows than data/tensors; "
        "run dvc repro evaluate_sprint."
    )
    assert list(Path("data/taught").iterdir()) == []


def test_a_teacher_that_dvc_does_not_know_of_is_refused(stage: Stage) -> None:
    with pytest.raises(SystemExit) as exit_:
        stage(["sprint", "resnet"], "sprint")
    assert exit_.value.code == (
        "error: params.yaml: teachers of vit are sprint, resnet, but its teach stage in dvc.yaml "
        "gives sprint; it needs a line for each."
    )


def test_training_says_what_dvc_yaml_lacks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated("sprint", 1)
    stage(["sprint"], "sprint")
    Path("data/taught/vit.safetensors").unlink()
    monkeypatch.setattr("sys.argv", ["train", "vit"])
    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(train.main)
    assert exit_.value.code == (
        "error: params.yaml gives vit teachers, but there is no data/taught/vit.safetensors; "
        "dvc.yaml needs a stage teach_vit, and that file as the faces of train_vit."
    )
    assert load_file("data/probabilities/sprint.safetensors")  # nothing is lost
