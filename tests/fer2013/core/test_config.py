import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from fer2013.core.config import merge, read_config, resolve, write_section
from fer2013.runtime.errors import BadInput
from tests.fer2013.core.made_up import PARAMS


@pytest.fixture
def params() -> dict[str, Any]:
    return copy.deepcopy(PARAMS)


def test_a_default_changes_the_models_that_inherit_it(params: dict[str, Any]) -> None:
    """`dvc exp run -S optim.lr=0.0005` should train the fourth approach, and not all models."""
    before = {model: resolve(params, model) for model in params["models"]}
    params["optim"]["lr"] = 0.0005
    changed = [model for model in before if resolve(params, model) != before[model]]
    assert changed == ["resnet", "basic_cnn"]


def test_a_model_is_like_another_which_is_like_a_third(params: dict[str, Any]) -> None:
    models = params["models"]
    assert (models["champion"]["like"], models["mentor"]["like"]) == ("mentor", "sprint")
    models["sprint"]["train"]["batch_size"] = 7
    models["mentor"]["train"]["epochs"] = 3
    models["champion"]["optim"] = {"lr": 0.5}
    champion = resolve(params, "champion")
    assert (champion.train.batch_size, champion.train.epochs) == (7, 3)
    assert (champion.optim.name, champion.optim.lr) == ("muon", 0.5)


@pytest.mark.parametrize("like", ["no_such", "cnn_sgd", "compact_vit", ["resnet"], None])
def test_like_names_another_model_and_makes_no_loop(params: dict[str, Any], like: Any) -> None:
    params["models"]["cnn_sgd"]["like"] = like
    params["models"]["compact_vit"]["like"] = "cnn_sgd"
    with pytest.raises(BadInput, match=r"^params\.yaml, model \w+: like: .* is not another model"):
        resolve(params, "cnn_sgd")


def test_lists_and_sections_of_another_name_are_replaced_and_other_sections_merged() -> None:
    loss = {"name": "cross_entropy", "class_weights": "none"}
    defaults = {
        "augment": [1, 2],
        "optim": {"name": "adamw", "lr": 1, "weight_decay": 2},
        "loss": {"name": "focal", "gamma": 2, "class_weights": "balanced"},
    }
    assert merge(defaults, {"augment": [3], "optim": {"lr": 5}, "loss": loss}) == {
        "augment": [3],
        "optim": {"name": "adamw", "lr": 5, "weight_decay": 2},
        "loss": loss,
    }


def test_config_survives_its_file_with_a_small_rate_as_dvc_writes_it(
    params: dict[str, Any], tmp_path: Path
) -> None:
    params["optim"]["lr"] = yaml.safe_load("1e-05")
    assert isinstance(params["optim"]["lr"], str)  # PyYAML's reading
    config = resolve(params, "resnet")
    assert config.optim.lr == 1e-5
    write_section(config, tmp_path / "config.yaml")
    assert read_config(tmp_path / "config.yaml") == config


WRONG: dict[str, tuple[str, Any, list[str]]] = {
    "unknown section": ("optimizer", {}, ["optimizer: extra inputs are not permitted"]),
    "unknown key": ("train.drop_blank", False, ["train.drop_blank: ", "not permitted"]),
    "unknown name": ("optim.name", "adamax", ["optim: ", "'adamax'", "'adam', 'adamw', 'sgd'"]),
    "unknown network": ("network.name", "alexnet", ["network: ", "'alexnet'", "cnn, compact_vit"]),
    "unknown network option": ("network.depth", 3, ["network: depth: ", "not permitted"]),
    "word for a number": ("optim.lr", "fast", ["optim.adamw.lr: 'fast'", "number"]),
    "true for a number": ("train.epochs", True, ["train.epochs: True", "integer"]),
    "negative": ("optim.lr", -0.1, ["optim.adamw.lr: -0.1", "greater than 0"]),
    "not a number": ("optim.lr", float("nan"), ["optim.adamw.lr: nan"]),
    "unknown choice": ("train.keep", "first", ["train.keep: 'first'", "'best' or 'last'"]),
    "section missing": ("schedule", None, ["schedule: "]),
    "too many processes": ("train.processes", 65, ["batch_size needs 2 faces for each process"]),
}


@pytest.mark.parametrize(("key", "value", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_value_is_named_in_one_line(
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


WRONG_AT_THE_TOP: dict[str, tuple[dict[str, Any], str]] = {
    "no models": ({"models": None}, "models should hold"),
    "no such model": ({"models": {"vit": {}}}, "models has no 'resnet'; it has vit"),
    "unknown section": ({"optimizer": {}}, "unknown section 'optimizer'; allowed: data, sample"),
}


@pytest.mark.parametrize(("change", "message"), WRONG_AT_THE_TOP.values(), ids=WRONG_AT_THE_TOP)
def test_wrong_sections_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        resolve(PARAMS | change, "resnet")
