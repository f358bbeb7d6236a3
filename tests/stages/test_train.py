"""The inputs of the stage train, with drawn faces and an untrained teacher."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from fer2013.core import networks
from fer2013.core.config import Config, merge, read_config, resolve, write_section
from fer2013.core.networks import save_weights
from fer2013.core.parts import read_part, write_part
from fer2013.core.sections import check, read_yaml
from fer2013.data.sample import draw_data_set
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.recorded import md5
from stages import train

WEIGHTS = Path("models/resnet/weights.safetensors")


@pytest.fixture
def student(in_copy: Path) -> Path:
    """The faces, vit as the student, and resnet as its trained teacher. → vit's recipe"""
    faces, labels, _ = draw_data_set(28, 1, seed=0)
    table = pd.DataFrame({"emotion": labels, "row": np.arange(len(labels))})
    table = table.assign(blank=False, conflicting=False)
    table = table.assign(identical_in_training=True, copy_in_training=True)
    for folder in ("data/tensors", "data/recipes", "models/resnet"):
        Path(folder).mkdir(parents=True)
    for name, chosen in (("train", range(20)), ("val", range(20, 28))):
        write_part(Path(f"data/tensors/{name}.safetensors"), faces, table, np.array(chosen))
    params = read_yaml(Path("params.yaml"))
    config = resolve(params, "resnet")
    write_section(config, Path("data/recipes/resnet.yaml"))
    save_weights(networks.build(config.network).state_dict(), 1, WEIGHTS)
    own = {
        "teachers": {"models": ["resnet"], "weight": 0.5},
        "normalize": config.normalize.model_dump(),
    }
    recipe = Path("data/recipes/vit.yaml")
    write_section(resolve(merge(params, {"models": {"vit": own}}), "vit"), recipe)
    return recipe


def test_it_finds_the_faces_and_the_teachers(student: Path) -> None:
    config = read_config(student)
    inputs = train.read_inputs(config)
    plain = read_part(Path("data/tensors/train.safetensors"))
    assert torch.equal(inputs.faces.faces, plain.faces)
    assert len(inputs.val) == 8
    assert [type(teacher.network).__name__ for teacher in inputs.teachers] == ["ResNet"]
    before = inputs.run_id
    save_weights(inputs.teachers[0].network.state_dict(), 2, WEIGHTS)
    assert train.read_inputs(config).run_id != before  # another teacher, another run


def test_a_teacher_that_is_not_trained_is_refused(
    student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WEIGHTS.unlink()
    message = refusal(monkeypatch, "vit", "--teachers", "resnet")
    assert message.startswith("error: models/resnet/weights.safetensors is missing or damaged (")
    assert message.endswith("; train the model again.")
    assert not Path("models/vit").exists()


@pytest.mark.parametrize(
    ("declared", "in_words"),
    [([], "none"), (["sprint"], "sprint"), (["resnet", "sprint"], "resnet, sprint")],
)
def test_other_teachers_than_in_params_are_refused(
    student: Path, monkeypatch: pytest.MonkeyPatch, declared: list[str], in_words: str
) -> None:
    """`dvc.yaml` must name them, as DVC would not know what the training depends on."""
    assert refusal(monkeypatch, student.stem, "--teachers", *declared) == (
        "error: params.yaml: teachers of vit are resnet, but train_vit in dvc.yaml gives "
        f"{in_words}; make them equal (train_champion shows how)."
    )


def test_a_model_without_teachers_takes_none(
    student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert student.exists()
    assert "teachers of resnet are none, but train_resnet in dvc.yaml gives vit" in refusal(
        monkeypatch, "resnet", "--teachers", "vit"
    )


def refusal(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    monkeypatch.setattr("sys.argv", ["train", *words])
    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(train.main)
    return str(exit_.value.code)


def test_a_finished_training_is_kept_until_dvc_has_it_and_then_trained_again(
    student: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A killed DVC runs the stage again, as does `dvc repro --force`."""
    monkeypatch.setenv("DVC_STAGE", "train_resnet")
    monkeypatch.setenv("FER2013_RESUME_DIR", str(Path("resume").absolute()))
    monkeypatch.setattr("sys.argv", ["train", "resnet"])
    recipe = student.with_name("resnet.yaml")
    changes = {"train": {"epochs": 1, "batch_size": 10}}
    write_section(check(Config, merge(read_yaml(recipe), changes), "test"), recipe)
    train.main()
    train.main()
    assert "resumed after epoch 1" in capsys.readouterr().out
    run = Path("models/resnet/run.json")
    out = {"path": str(run), "md5": md5(run.read_bytes())}
    record = {"train_resnet": {"deps": [], "outs": [out]}}
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": record}))
    train.main()
    assert "resumed" not in capsys.readouterr().out
