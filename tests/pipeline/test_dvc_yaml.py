"""dvc.yaml, params.yaml and the code agree."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dvc.repo import Repo

from fer2013.core.config import resolve
from fer2013.core.sections import read_models, read_yaml
from tests.conftest import REPOSITORY
from tests.pipeline.workspace import EXPORTED, KINDS, TEACHERS

REPO = Repo(str(REPOSITORY))
STAGES = {stage.name: stage for stage in REPO.index.stages if stage.cmd}
PARAMS = read_yaml(REPOSITORY / "params.yaml")
MODELS = {model: resolve(PARAMS, model) for model in read_models(PARAMS)}
# Kinds of stage that build their model's network.
WITH_NETWORK = ("train", "evaluate", "export")
WITH_ANY_NETWORK = ("configure", "overfit", "compare")  # they build or check all models'


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
def test_training_and_evaluation_depend_on_what_they_read(model: str) -> None:
    """In particular a training on its own recipe and its teachers', and on no file with views."""
    taught_by = TEACHERS.get(model, [])
    recipes = {f"data/recipes/{name}.yaml" for name in (model, *taught_by)}
    tensors = {f"data/tensors/{part}.safetensors" for part in ("train", "val")}
    weights = {f"models/{teacher}/weights.safetensors" for teacher in taught_by}
    assert files_of(f"train_{model}") == recipes | tensors | weights
    own = {f"models/{model}/{name}" for name in ("config.yaml", "weights.safetensors", "run.json")}
    assert files_of(f"evaluate_{model}") == own | {"data/tensors"}


def files_of(name: str) -> set[str]:
    """What a stage depends on, but for code."""
    return {str(dep) for dep in STAGES[name].deps} - set(code_of(STAGES[name]))


def test_each_model_has_each_kind_of_stage_and_no_other() -> None:
    expected = {f"{kind}_{model}" for kind in KINDS for model in MODELS}
    expected |= {f"export_{model}" for model in EXPORTED if model in MODELS}
    kinds = (*KINDS, "export")
    assert {name for name in STAGES if name.partition("_")[0] in kinds} == expected


@pytest.mark.parametrize("model", MODELS)
def test_training_names_its_teachers(model: str) -> None:
    stage, teachers = STAGES[f"train_{model}"], TEACHERS.get(model, [])
    named = f" --teachers {' '.join(teachers)}" if teachers else ""
    assert stage.cmd == f"exec python -m stages.train {model}{named}"


def test_the_ensemble_stage_has_an_argument_for_each_member() -> None:
    """DVC inserts the members of params.yaml one by one, and cannot notice that one is missing."""
    members = PARAMS["ensemble"]["members"]
    stage = STAGES["ensemble"]
    assert stage.cmd.split("stages.ensemble ")[1].split() == members
    read = {str(dep) for dep in stage.deps if Path(str(dep)).stem in MODELS}
    probabilities = {f"data/probabilities/{model}.safetensors" for model in members}
    assert read == probabilities | {f"metrics/predictions/{model}.csv" for model in members}


def test_configure_writes_each_models_file() -> None:
    written = {str(out) for out in STAGES["configure"].outs if str(out).startswith("models/")}
    assert written == {f"models/{model}/config.yaml" for model in MODELS}


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
