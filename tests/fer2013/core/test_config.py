import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer2013.core.config import merge, read_config, resolve, write_section
from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY


@pytest.fixture
def params() -> dict[str, Any]:
    return copy.deepcopy(read_yaml(REPOSITORY / "params.yaml"))


def test_every_committed_model_is_valid(params: dict[str, Any]) -> None:
    for model in params["models"]:
        assert resolve(params, model).network["name"]


def test_a_model_inherits_the_defaults(params: dict[str, Any]) -> None:
    params["optim"]["lr"] = 0.25
    assert resolve(params, "resnet").optim.lr == 0.25
    assert resolve(params, "vit").optim.lr == params["models"]["vit"]["optim"]["lr"]


def test_only_the_fourth_approach_follows_the_default_learning_rate(params: dict[str, Any]) -> None:
    """`dvc exp run -S optim.lr=0.0005` should not train all."""
    before = {model: resolve(params, model) for model in params["models"]}
    params["optim"]["lr"] = 0.0005
    changed = [model for model in before if resolve(params, model) != before[model]]
    assert changed == ["resnet", "basic_cnn"]


def test_a_model_is_like_another_which_is_like_a_third(params: dict[str, Any]) -> None:
    models = params["models"]
    assert models["champion"]["like"] == "mentor"
    assert models["mentor"]["like"] == "sprint"
    models["sprint"]["train"]["batch_size"] = 7
    models["mentor"]["train"]["epochs"] = 3
    models["champion"]["optim"] = {"lr": 0.5}
    params["evaluate"]["batch_size"] = 5
    champion = resolve(params, "champion")
    assert (champion.train.batch_size, champion.train.epochs) == (7, 3)
    assert (champion.optim.name, champion.optim.lr) == ("muon", 0.5)


@pytest.mark.parametrize("like", ["no_such", "cnn_sgd", "compact_vit", ["resnet"], None])
def test_like_names_another_model_and_makes_no_loop(params: dict[str, Any], like: Any) -> None:
    params["models"]["cnn_sgd"]["like"] = like
    params["models"]["compact_vit"]["like"] = "cnn_sgd"
    with pytest.raises(BadInput, match=r"^params\.yaml, model \w+: like: .* is not another model"):
        resolve(params, "cnn_sgd")


def test_lists_are_replaced_and_sections_merged() -> None:
    defaults = {"augment": [1, 2], "optim": {"name": "adamw", "lr": 1, "weight_decay": 2}}
    own = {"augment": [3], "optim": {"lr": 5}}
    assert merge(defaults, own) == {
        "augment": [3],
        "optim": {"name": "adamw", "lr": 5, "weight_decay": 2},
    }


def test_another_name_replaces_the_section() -> None:
    defaults = {"loss": {"name": "focal", "gamma": 2, "class_weights": "balanced"}}
    own = {"loss": {"name": "cross_entropy", "class_weights": "none"}}
    assert merge(defaults, own) == own


def test_small_rates_as_dvc_writes_them_are_numbers(params: dict[str, Any]) -> None:
    params["optim"]["lr"] = yaml.safe_load("1e-05")
    assert isinstance(params["optim"]["lr"], str)  # PyYAML's reading
    assert resolve(params, "resnet").optim.lr == 1e-5


def test_config_survives_its_file(params: dict[str, Any], tmp_path: Path) -> None:
    params["optim"]["lr"] = 1e-05
    config = resolve(params, "resnet")
    write_section(config, tmp_path / "config.yaml")
    assert read_config(tmp_path / "config.yaml") == config
    assert isinstance(read_yaml(tmp_path / "config.yaml")["optim"]["lr"], float)


WRONG: dict[str, tuple[str, Any, list[str]]] = {
    "unknown section": ("optimizer", {}, ["unknown key 'optimizer'", "allowed: seed, network"]),
    "a key of old": (
        "train.drop_blank",
        False,
        ["unknown key 'drop_blank'", "allowed: e"],
    ),
    "unknown name": ("optim.name", "adamax", ["optim", "'adamax'", "'adam', 'adamw', 'sgd'"]),
    "unknown network": (
        "network.name",
        "alexnet",
        ["network", "'alexnet'", "cnn, compact_vit, resnet, separable_resnet, vit"],
    ),
    "unknown network option": ("network.depth", 3, ["network", "'depth'", "channels, blocks"]),
    "word for a number": ("optim.lr", "fast", ["optim.adamw.lr", "'fast'", "number"]),
    "true for a number": ("train.epochs", True, ["train.epochs", "True", "integer"]),
    "negative": ("optim.lr", -0.1, ["optim.adamw.lr", "-0.1", "greater than 0"]),
    "not a number": ("optim.lr", float("nan"), ["optim.adamw.lr", "nan"]),
    "unknown choice": ("train.keep", "first", ["train.keep", "'best' or 'last'"]),
    "section missing": ("schedule", None, ["schedule"]),
    "too many processes": ("train.processes", 65, ["batch_size needs 2 faces for each process"]),
    "variance upside down": (
        "augment",
        [{"name": "gauss_noise", "variance": [50, 10], "p": 1}],
        ["lower bound"],
    ),
}


@pytest.mark.parametrize(("key", "value", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_value_is_refused_with_key_and_choices(
    params: dict[str, Any], key: str, value: Any, words: list[str]
) -> None:
    section = params["models"]["resnet"]
    *path, last = key.split(".")
    for name in path:
        section = section.setdefault(name, {})
    section[last] = value
    with pytest.raises(BadInput) as refusal:
        resolve(params, "resnet")
    message = str(refusal.value)
    assert message.startswith("params.yaml, model resnet: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_no_models(params: dict[str, Any]) -> None:
    params["models"] = None
    with pytest.raises(BadInput, match="models should hold"):
        resolve(params, "resnet")


def test_params_that_are_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("train: [1, 2\nloss: {")
    with pytest.raises(BadInput, match=r"params\.yaml is not YAML"):
        read_yaml(tmp_path / "params.yaml")
