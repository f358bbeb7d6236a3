"""dvc.yaml, params.yaml and the code agree."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dvc.dependency import ParamsDependency
from dvc.repo import Repo

from fer2013.core.config import Config, resolve
from fer2013.core.inference import ModelConfig
from fer2013.core.losses import LossSection
from fer2013.core.sections import read_models, read_yaml
from tests.conftest import REPOSITORY
from tests.pipeline.workspace import KINDS, OF_ENSEMBLE, TEACHERS

REPO = Repo(str(REPOSITORY))
STAGES = {stage.name: stage for stage in REPO.index.stages if stage.cmd}
PARAMS = read_yaml(REPOSITORY / "params.yaml")
MODELS = {model: resolve(PARAMS, model) for model in read_models(PARAMS)}
# Kinds of stage that build their model's network.
WITH_NETWORK = ("overfit", "train", "evaluate", "export")
WITH_ANY_NETWORK = ("configure", "compare")  # they read all models' configurations


# Imports the slow libraries once, then forks for each stage, which imports only its own modules.
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
UNDECLARED = "fer2013/runtime"  # no result depends on it
CODE_LINES = 6  # the most paths of code among a stage's dependencies


def modules(name: str) -> list[str]:
    """The modules that a stage imports by name: its script, and the networks that it builds."""
    kind, _, model = name.partition("_")
    built = list(MODELS) if kind in WITH_ANY_NETWORK else [model] if kind in WITH_NETWORK else []
    if kind == "train":
        built += TEACHERS.get(model, [])
    names = sorted({MODELS[model].network["name"] for model in built})
    return [f"stages.{kind}", *(f"fer2013.networks.{name}" for name in names)]


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """For each set of `modules`: the files that it imports and on which results depend."""
    sets = sorted({tuple(modules(name)) for name in STAGES})
    command = [sys.executable, "-c", IMPORTING, json.dumps(sets)]
    output = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found = {}
    for line in output.stdout.splitlines():
        names, files = json.loads(line)
        own = {file.removeprefix(f"{REPOSITORY}/") for file in files}
        found[" ".join(names)] = {
            file
            for file in own
            if Path(file).name != "__init__.py" and not covers(UNDECLARED, file)
        }
    return found


def covers(declared: str, file: str) -> bool:
    return file == declared or file.startswith(f"{declared}/")


def code_of(stage: Any) -> list[str]:
    """The paths of code among a stage's dependencies in dvc.yaml."""
    paths = [str(dep) for dep in stage.deps]
    return [path for path in paths if path.startswith(("fer2013", "stages"))]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_declares_the_code_that_it_imports_and_no_other(
    name: str, imported: dict[str, set[str]]
) -> None:
    files, code = imported[" ".join(modules(name))], code_of(STAGES[name])
    assert {file for file in files if not any(covers(path, file) for path in code)} == set()
    assert {path for path in code if not any(covers(path, file) for file in files)} == set()


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_lists_few_lines_of_code(name: str) -> None:
    assert 2 <= len(code_of(STAGES[name])) <= CODE_LINES
    assert not any(path in (UNDECLARED, "fer2013") for path in code_of(STAGES[name]))


# In a fork for each stage, so that torch is imported only once.
NEEDLESS_IMPORTS = """
import os, sys
import pandas, torch
for stage, library in (("evaluate", "albumentations"), ("train", "torchmetrics")):
    if os.fork() == 0:
        __import__(f"stages.{stage}")
        os._exit(library in sys.modules)
    assert os.wait()[1] == 0, f"{stage} imports {library}"
"""


def test_stages_do_not_import_slow_libraries_needlessly() -> None:
    command = [sys.executable, "-c", NEEDLESS_IMPORTS]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("model", MODELS)
def test_training_depends_on_all_of_its_configuration(model: str) -> None:
    keys = parameters_of(f"train_{model}")
    own = keys.pop(f"models/{model}/config.yaml")
    assert own == (Config.model_fields.keys() - {"evaluate"}) | {"evaluate.batch_size"}
    assert keys == {
        f"models/{teacher}/config.yaml": {"network", "normalize"}  # as read_teacher reads them
        for teacher in TEACHERS.get(model, [])
    }


@pytest.mark.parametrize("model", MODELS)
def test_evaluation_depends_on_what_it_reads_of_the_configuration(model: str) -> None:
    read = {*ModelConfig.model_fields, *LossSection.model_fields}
    assert parameters_of(f"evaluate_{model}") == {f"models/{model}/config.yaml": read}


def parameters_of(name: str) -> dict[str, set[str]]:
    """The keys that a stage depends on, by file."""
    params = [dep for dep in STAGES[name].deps if isinstance(dep, ParamsDependency)]
    return {str(dep): set(dep.params) for dep in params}


def test_configure_depends_on_the_file_params() -> None:
    assert parameters_of("configure") == {}
    assert "params.yaml" in {str(dep) for dep in STAGES["configure"].deps}


def test_each_model_has_each_kind_of_stage_and_no_other() -> None:
    expected = {f"{kind}_{model}" for kind in (*KINDS, "export") for model in MODELS} | OF_ENSEMBLE
    kinds = (*KINDS, "export", "ensemble")
    assert {name for name in STAGES if name.partition("_")[0] in kinds} == expected


@pytest.mark.parametrize("model", MODELS)
def test_training_names_its_teachers_and_depends_on_their_weights(model: str) -> None:
    stage, teachers = STAGES[f"train_{model}"], TEACHERS.get(model, [])
    named = f" --teachers {' '.join(teachers)}" if teachers else ""
    assert stage.cmd == f"exec python -m stages.train {model}{named}"
    weights = {str(dep) for dep in stage.deps if str(dep).endswith("weights.safetensors")}
    assert weights == {f"models/{teacher}/weights.safetensors" for teacher in teachers}


def test_the_ensemble_stage_has_an_argument_for_each_member() -> None:
    """DVC inserts the members of params.yaml one by one, and cannot notice that one is missing."""
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


def test_git_ignores_exactly_the_outputs_in_dvcs_cache() -> None:
    outs = [out for stage in STAGES.values() for out in stage.outs]
    assert outs
    for out in outs:
        assert REPO.scm.is_ignored(out.fs_path) == out.use_cache, str(out)


def test_no_output_with_faces_is_pushed() -> None:
    for stage in STAGES.values():
        for out in stage.outs:
            derived = out.remote == "weights" or not out.use_cache
            assert derived or not out.can_push, f"{out} of {stage.name} would be pushed"
            has_faces = str(out).startswith(("data/sample", "data/faces", "data/tensors"))
            assert not (has_faces and out.can_push)
