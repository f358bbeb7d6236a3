"""The teach stage, on drawn faces and a teacher that has not learned anything."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from fer2013.data.part_files import write_part

from fer2013.base.parts import read_part
from fer2013.base.sections import read_yaml
from fer2013.data.sample import draw_data_set
from fer2013.model import networks
from fer2013.model.weights import save_weights
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.training.config import overlaid, read_config, resolve, write_section
from stages import teach, train

Stage = Callable[..., None]


@pytest.fixture
def stage(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Run the stage for vit, with these teachers in params.yaml and these from dvc.yaml."""
    faces, labels, _ = draw_data_set(28, 1, seed=0)
    table = pd.DataFrame({"emotion": labels, "row": np.arange(len(labels))})
    table = table.assign(has_twin=True, blank=False, conflicting=False)
    for folder in ("data/tensors", "models/vit", "models/resnet"):
        Path(folder).mkdir(parents=True)
    for name, chosen in (("train", range(20)), ("val", range(20, 28))):
        write_part(Path(f"data/tensors/{name}.safetensors"), faces, table, np.array(chosen))
    config = resolve(read_yaml(Path("params.yaml")), "resnet")
    write_section(config, Path("models/resnet/config.yaml"))
    weights = networks.build(config.network).state_dict()
    save_weights(weights, 1, Path("models/resnet/weights.safetensors"))

    def run(wanted: list[str], *declared: str) -> None:
        own = {"teachers": {"models": wanted, "weight": 0.5}, "normalize": {"mean": 0.485}}
        params = overlaid(read_yaml(Path("params.yaml")), {"models": {"vit": own}})
        write_section(resolve(params, "vit"), Path("models/vit/config.yaml"))
        monkeypatch.setattr("sys.argv", ["teach", "vit", *declared])
        exit_on_bad_input(teach.main)

    return run


def test_training_finds_the_faces_and_the_teachers(stage: Stage) -> None:
    stage(["resnet"], "resnet")
    config = read_config(Path("models/vit/config.yaml"))
    inputs = train.read_inputs("vit", config)
    plain = read_part(Path("data/tensors/train.safetensors"))
    assert torch.equal(inputs.train_part.faces, plain.faces)
    assert len(inputs.val_part) == 8
    assert [type(teacher).__name__ for teacher in inputs.teachers] == ["ResNet"]
    before = inputs.run_id
    weights = Path("data/taught/vit/teachers/resnet.safetensors")
    save_weights(inputs.teachers[0].state_dict(), 2, weights)
    assert train.read_inputs("vit", config).run_id != before  # another teacher, another run


def test_a_teacher_that_is_not_trained_is_refused(stage: Stage) -> None:
    Path("models/resnet/weights.safetensors").unlink()
    with pytest.raises(SystemExit) as exit_:
        stage(["resnet"], "resnet")
    assert exit_.value.code == (
        "error: models/resnet/weights.safetensors is missing; "
        "run dvc repro models/resnet/weights.safetensors."
    )
    assert list(Path("data/taught").iterdir()) == []


def test_a_teacher_that_dvc_does_not_know_of_is_refused(stage: Stage) -> None:
    with pytest.raises(SystemExit) as exit_:
        stage(["sprint", "resnet"], "resnet")
    assert exit_.value.code == (
        "error: params.yaml: teachers of vit are sprint, resnet, but its teach stage in dvc.yaml "
        "gives resnet; it needs a line for each."
    )


def test_training_says_what_dvc_yaml_lacks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        stage(["resnet"])
    monkeypatch.setattr("sys.argv", ["train", "vit"])
    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(train.main)
    assert exit_.value.code == (
        "error: params.yaml gives vit teachers, but there is no data/taught/vit; "
        "dvc.yaml needs a stage teach_vit, and that folder as the faces of train_vit."
    )
