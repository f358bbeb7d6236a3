"""Any params.yaml, weights, … give a correct result or an error in one sentence: no traceback.

Hypothesis draws some of the inputs, the same ones every time.
"""

import contextlib
import copy
import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from fer2013.core.config import Config, read_config, resolve, write_section
from fer2013.core.networks import build, load_network, save_weights
from fer2013.core.overfitting import Overfit
from fer2013.core.parts import read_part
from fer2013.core.sections import (
    PARAMS,
    Section,
    check,
    read_models,
    read_yaml,
)
from fer2013.core.tensor_files import read_tensors
from fer2013.data.bad_rows import Ingest
from fer2013.data.csv_sources import Data
from fer2013.data.sample import Sample
from fer2013.data.splitting import Split
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.resume_file import ResumeFile
from fer2013.runtime.wandb_runs import read_run_id
from fer2013.scoring.ensemble import Ensemble
from fer2013.scoring.submission import emotions
from stages import configure
from tests.conftest import REPOSITORY


def repeatable(examples: int) -> settings:
    """The same examples in every run; `folder` may be shared by them, as each overwrites it."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER2013_RESUME_DIR", str(tmp_path))
    return tmp_path


@contextlib.contextmanager
def one_sentence(*names: str) -> Iterator[None]:
    """Let BadInput pass if it is one line and names one of these (or a sentence for each row)."""
    try:
        yield
    except BadInput as error:
        message = str(error)
        assert "\n" not in message
        assert len(message) > 20
        assert any(name in message for name in names), message


# params.yaml

COMMITTED: dict[str, Any] = read_yaml(REPOSITORY / PARAMS)
FEW = {
    **COMMITTED,
    "models": {model: COMMITTED["models"][model] for model in ("resnet", "cnn_adam", "cnn_sgd")},
}
STAGES: dict[str, type[Section]] = {
    "data": Data,
    "sample": Sample,
    "ingest": Ingest,
    "split": Split,
    "overfit": Overfit,
    "ensemble": Ensemble,
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["1e-05", "nan", "", "word", "-1", "a\nb", "0x10", "\x00", "é"]),
    st.sampled_from([0, 1, -1, 48, 10**30, 0.0, -0.5, 1e-05, 1e300]),
    st.floats(),
    st.sampled_from([[], [1], [None], {}, {"name": "x"}, {"name": ["x"]}, {"name": None}, [[]]]),
    st.dates(),
)


def paths_in(values: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every key and list item, at any depth."""
    items: list[tuple[Any, Any]] = []
    if isinstance(values, dict):
        items = list(values.items())
    elif isinstance(values, list):
        items = list(enumerate(values))
    return [keys for key, value in items for keys in [(*path, key), *paths_in(value, (*path, key))]]


def resolve_all(folder: Path) -> dict[str, Config]:
    """Do with params.yaml what all stages together do with it."""
    params = read_yaml(folder / PARAMS)
    for name, section in STAGES.items():
        check(section, params.get(name), f"{PARAMS}: {name}")
    return {model: resolve(params, model) for model in read_models(params)}


@repeatable(150)
@given(
    keys=st.sampled_from(paths_in(FEW)),
    change=st.sampled_from(["remove", "replace", "replace", "replace", "add", "rename"]),
    value=VALUES,
)
def test_a_changed_key_of_params_is_valid_or_named(
    folder: Path, keys: tuple[Any, ...], change: str, value: Any
) -> None:
    params = copy.deepcopy(FEW)
    section: Any = params
    for key in keys[:-1]:
        section = section[key]
    if change == "replace":
        section[keys[-1]] = value
    elif change == "add" and isinstance(section, dict):
        section["surprise"] = value
    else:
        removed = section.pop(keys[-1])
        if change == "rename" and isinstance(section, dict):
            section["surprise"] = removed
    (folder / PARAMS).write_text(yaml.safe_dump(params, allow_unicode=True), encoding="utf-8")
    with one_sentence(*[str(key) for key in keys], "surprise"):
        for config in resolve_all(folder).values():
            write_section(config, folder / "config.yaml")
            assert read_config(folder / "config.yaml") == config


NO_YAML = {
    "a day that never was": b"seed: 2024-13-45",
    "a character beyond Unicode": b'seed: "\\UFFFFFFFF"',
    "too many brackets": b"seed: " + b"[" * 5000,
    "a Python object": b"seed: !!python/object/apply:os.getcwd []",
    "UTF-16": "seed: 1".encode("utf-16"),
    "a list": b"- seed",
    "nothing": b"",
}


@pytest.mark.parametrize("content", NO_YAML.values(), ids=NO_YAML.keys())
def test_invalid_yaml_is_refused_in_one_sentence(folder: Path, content: bytes) -> None:
    (folder / PARAMS).write_bytes(content)
    with pytest.raises(BadInput, match=rf"{PARAMS} (is not YAML|should hold)[^\n]*$"):
        read_yaml(folder / PARAMS)


@pytest.mark.parametrize("name", [7, "", "../elsewhere", "a\nb"])
def test_a_model_whose_name_makes_no_folder_is_refused(in_copy: Path, name: Any) -> None:
    models = {**COMMITTED["models"], name: COMMITTED["models"]["resnet"]}
    (in_copy / PARAMS).write_text(yaml.safe_dump({**COMMITTED, "models": models}))
    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(configure.main)
    assert "is no name for a model" in str(exit_.value.code)
    assert "\n" not in str(exit_.value.code)
    assert not (in_copy / "models").exists()


# Weights, parts, probabilities, run.json and resume files


class Payload:
    """A pickle of this makes a folder when it is loaded."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.made),)


def tiny_config(**network: Any) -> Config:
    own = {"network": {"name": "resnet", "channels": [2], "blocks": 1, **network}}
    return resolve({**COMMITTED, "models": {"tiny": own}}, "tiny")


def spoilt(content: bytes, seed: int) -> bytes:
    """Truncate a file, or change some of its bytes, mostly near its start."""
    rng = random.Random(seed)
    if rng.randrange(4) == 0:
        return content[: rng.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        position = rng.randrange(min(len(content), rng.choice([10, 700, len(content)])))
        changed[position] = rng.choice([rng.randrange(256), *b'0189[]{}:,"FIUB'])
    return bytes(changed)


def tiny_weights(folder: Path) -> Path:
    path = folder / "weights.safetensors"
    save_weights(build(tiny_config().network).state_dict(), 3, path)
    return path


@pytest.mark.parametrize("seed", range(50))
def test_spoilt_weights_are_refused_or_still_of_this_network(folder: Path, seed: int) -> None:
    path = tiny_weights(folder)
    spoilt_path = folder / "spoilt.safetensors"
    spoilt_path.write_bytes(spoilt(path.read_bytes(), seed))
    config = tiny_config()
    with one_sentence(str(spoilt_path)):
        network, epoch = load_network(config.network, spoilt_path)
        assert isinstance(epoch, int)
        assert network.state_dict().keys() == build(config.network).state_dict().keys()


def test_a_file_of_other_tensors_is_no_part(folder: Path) -> None:
    save_file({"labels": torch.zeros(4)}, folder / "val.safetensors")
    with pytest.raises(BadInput, match="is not a part of the data set; make it again"):
        read_part(folder / "val.safetensors")


@pytest.mark.parametrize("network", [{"channels": [3]}, {"blocks": 2}])
def test_weights_of_another_network_are_refused(folder: Path, network: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="does not hold this network's weights"):
        load_network(tiny_config(**network).network, tiny_weights(folder))


def test_weights_of_another_type_or_without_an_epoch_are_refused(folder: Path) -> None:
    path = tiny_weights(folder)
    weights, _ = read_tensors(path)
    save_file(weights, path)
    with pytest.raises(BadInput, match="does not hold this network's weights"):
        load_network(tiny_config().network, path)
    save_weights({name: tensor.long() for name, tensor in weights.items()}, 3, path)
    with pytest.raises(BadInput, match="does not hold this network's weights"):
        load_network(tiny_config().network, path)


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_pickle_is_refused_everywhere_and_never_loaded(folder: Path, kind: str) -> None:
    made, path = folder / "made", folder / "evil.pt"
    if kind == "torch":
        torch.save({"state": Payload(made)}, path)
    else:
        torch.save(Payload(made), path, _use_new_zipfile_serialization=False)
    with_digest = hashlib.blake2b(path.read_bytes()).digest() + path.read_bytes()
    ResumeFile("resumed").path.write_bytes(with_digest)
    assert ResumeFile("resumed").load() is None
    for read in (
        lambda: load_network(tiny_config().network, path),
        lambda: read_part(path),
        lambda: read_tensors(path),
        lambda: read_run_id(path),
        lambda: read_yaml(path),
    ):
        with one_sentence(str(path)), pytest.raises(BadInput):
            read()
    assert not made.exists()


STATE = {"network": {"w": torch.arange(20.0)}, "history": [{"epoch": 1, "val_accuracy": 0.5}]}


@pytest.mark.parametrize("seed", range(50))
def test_a_damaged_resume_file_is_read_correctly_or_ignored(folder: Path, seed: int) -> None:
    resume = ResumeFile("run")
    resume.save(STATE)
    resume.path.write_bytes(spoilt(resume.path.read_bytes(), seed))
    state = resume.load()
    assert state is None or repr(state) == repr(STATE)


@pytest.mark.parametrize("text", ['{"id": 7}', "[]", "{}", "", "[" * 100_000])
def test_a_run_json_without_an_id_is_refused(folder: Path, text: str) -> None:
    (folder / "run.json").write_text(text)
    with pytest.raises(BadInput, match="holds no id"):
        read_run_id(folder / "run.json")


@pytest.mark.parametrize("shape", [(3, 7), (8, 7), (7, 6), (7,), (0,)])
def test_probabilities_of_other_rows_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="probabilities belong to other test rows"):
        emotions(torch.zeros(shape), torch.arange(7))
