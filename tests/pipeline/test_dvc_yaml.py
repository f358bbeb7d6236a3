"""dvc.yaml, params.yaml and the code say the same."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dvc.dependency import ParamsDependency
from dvc.repo import Repo

from fer2013.base.sections import read_yaml
from fer2013.training.config import Config
from tests.conftest import REPOSITORY
from tests.pipeline.workspace import KINDS, OF_ENSEMBLE, TEACHERS

REPO = Repo(str(REPOSITORY))
STAGES = {stage.name: stage for stage in REPO.index.stages if stage.cmd}
PARAMS = read_yaml(REPOSITORY / "params.yaml")
MODELS = PARAMS["models"]
WITH_NETWORK = ("overfit", "train", "evaluate")  # kinds of stage that build their model's network
WITH_ANY_NETWORK = ("configure", "compare")


# Forks for each stage after what takes long is imported, so that each has its own modules alone.
IMPORTING = """
import importlib, json, os, sys
import albumentations, dvclive, matplotlib.pyplot, pandas, sklearn.metrics, torchmetrics, wandb
for names in json.loads(sys.argv[1]):
    if os.fork() == 0:
        for name in names:
            importlib.import_module(name)
        own = [m for m in sys.modules if m.partition(".")[0] in ("fer2013", "stages")]
        print(json.dumps([names, [sys.modules[m].__file__ for m in own]]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, names
"""


def modules(name: str) -> list[str]:
    """What a stage's process imports: its script and, where it builds one, its model's network."""
    kind, _, model = name.partition("_")
    built = [model] if kind in WITH_NETWORK else TEACHERS[model] if kind == "teach" else []
    names = sorted({MODELS[model]["network"]["name"] for model in built})
    return [f"stages.{kind}", *(f"fer2013.networks.{name}" for name in names)]


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """The repository's own files that come with each of these imports."""
    wanted = sorted({tuple(modules(name)) for name in STAGES})
    command = [sys.executable, "-c", IMPORTING, json.dumps(wanted)]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = {}
    for line in said.stdout.splitlines():
        names, files = json.loads(line)
        own = {file.removeprefix(f"{REPOSITORY}/") for file in files}
        found[" ".join(names)] = own - {"stages/__init__.py"}  # no result depends on it
    return found


def declared(stage: Any) -> set[str]:
    paths = {str(dep) for dep in stage.deps}
    return {path for path in paths if path.startswith(("fer2013", "stages"))}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_declares_the_code_that_it_imports(
    name: str, imported: dict[str, set[str]]
) -> None:
    kind = name.partition("_")[0]
    files = set(imported[" ".join(modules(name))])
    if kind in WITH_NETWORK:
        files.add("fer2013/separable.py")  # some networks share it; one list serves all
    if kind in WITH_ANY_NETWORK:
        files = {file for file in files if not file.startswith("fer2013/networks/")}
        files.add("fer2013/networks")
    assert declared(STAGES[name]) == files


@pytest.mark.parametrize("model", MODELS)
def test_training_depends_on_all_of_its_configuration(model: str) -> None:
    (params,) = [d for d in STAGES[f"train_{model}"].deps if isinstance(d, ParamsDependency)]
    assert str(params) == f"models/{model}/config.yaml"
    assert set(params.params) == (Config.model_fields.keys() - {"evaluate"}) | {
        "evaluate.batch_size"
    }


def test_configure_depends_on_all_that_it_reads() -> None:
    (params,) = [d for d in STAGES["configure"].deps if isinstance(d, ParamsDependency)]
    assert set(params.params) == Config.model_fields.keys() - {"network"} | {"models"}


def test_each_model_has_each_kind_of_stage_and_no_other() -> None:
    expected = {f"{kind}_{model}" for kind in KINDS for model in MODELS} | OF_ENSEMBLE
    expected |= {f"teach_{model}" for model in TEACHERS}
    kinds = (*KINDS, "ensemble", "teach")
    assert {name for name in STAGES if name.partition("_")[0] in kinds} == expected


@pytest.mark.parametrize("model", MODELS)
def test_a_model_with_teachers_trains_beside_them(model: str) -> None:
    faces = f"data/taught/{model}" if model in TEACHERS else "data/tensors/train.safetensors"
    assert str(STAGES[f"train_{model}"].deps[0]) == faces


@pytest.mark.parametrize("model", TEACHERS)
def test_the_teach_stage_has_a_place_for_each_teacher(model: str) -> None:
    stage = STAGES[f"teach_{model}"]
    assert stage.cmd.split(f"stages.teach {model} ")[1].split() == TEACHERS[model]
    read = {str(dep) for dep in stage.deps if str(dep).endswith(("weights.safetensors", ".yaml"))}
    of_teachers = [f"models/{teacher}" for teacher in TEACHERS[model]]
    assert read == {f"models/{model}/config.yaml"} | {
        f"{folder}/{name}"
        for folder in of_teachers
        for name in ("weights.safetensors", "config.yaml")
    }


def test_the_ensemble_has_a_place_for_each_member() -> None:
    """DVC fills in the members of params.yaml, one by one; it cannot say that one is left out."""
    members = PARAMS["ensemble"]["members"]
    stage = STAGES["ensemble"]
    assert stage.cmd.split("stages.ensemble ")[1].split() == members
    read = {str(dep) for dep in stage.deps if Path(str(dep)).stem in MODELS}
    probabilities = {f"data/probabilities/{model}.safetensors" for model in members}
    assert read == probabilities | {f"metrics/predictions/{model}.csv" for model in members}


def test_configure_writes_each_models_file() -> None:
    assert {str(out) for out in STAGES["configure"].outs} == {
        f"models/{model}/config.yaml" for model in MODELS
    }


def test_compare_depends_on_each_models_file() -> None:
    configs = {str(dep) for dep in STAGES["compare"].deps if str(dep).startswith("models/")}
    assert configs == {f"models/{model}/config.yaml" for model in MODELS}


def test_the_plots_show_each_model() -> None:
    epochs, confusion = read_yaml(REPOSITORY / "dvc.yaml")["plots"]
    for plot, shown in ((epochs, [*MODELS]), (confusion, [*MODELS, "ensemble"])):
        ((_, options),) = plot.items()
        assert [Path(name).stem for name in options["y"]] == shown


def test_git_ignores_what_dvc_keeps_and_nothing_else() -> None:
    outs = [out for stage in STAGES.values() for out in stage.outs]
    assert outs
    for out in outs:
        assert REPO.scm.is_ignored(out.fs_path) == out.use_cache, str(out)


def test_nothing_with_faces_is_ever_pushed() -> None:
    for stage in STAGES.values():
        for out in stage.outs:
            derived = out.remote == "weights" or not out.use_cache
            assert derived or not out.can_push, f"{out} of {stage.name} would be pushed"
            has_faces = str(out).startswith(
                ("data/sample", "data/faces", "data/taught", "data/tensors")
            )
            assert not (has_faces and out.can_push)
