"""`like:` in params.yaml: a model that inherits from another one."""

from typing import Any

import pytest

from fer2013.base.sections import PARAMS, read_yaml
from fer2013.runtime.errors import BadInput
from fer2013.training.config import resolve
from tests.conftest import REPOSITORY


@pytest.fixture
def params() -> dict[str, Any]:
    return read_yaml(REPOSITORY / PARAMS)


def test_a_model_inherits_from_another(params: dict[str, Any]) -> None:
    adam, sgd = (resolve(params, model) for model in ("cnn_adam", "cnn_sgd"))
    assert sgd.optim.name == "sgd"
    assert sgd.model_dump(exclude={"optim"}) == adam.model_dump(exclude={"optim"})


def test_its_own_values_lie_over_the_other_models(params: dict[str, Any]) -> None:
    params["models"]["cnn_sgd"] |= {"train": {"epochs": 3}}
    params["models"]["cnn_adam"]["train"]["batch_size"] = 7
    train = resolve(params, "cnn_sgd").train
    assert (train.epochs, train.batch_size) == (3, 7)


def test_the_defaults_reach_it_through_the_other_model(params: dict[str, Any]) -> None:
    params["evaluate"]["batch_size"] = 5
    assert resolve(params, "cnn_sgd").evaluate.batch_size == 5


def test_the_defaults_learning_rate_is_that_of_two_models(params: dict[str, Any]) -> None:
    """`dvc exp run -S optim.lr=0.0005` should not train all."""
    before = {model: resolve(params, model) for model in params["models"]}
    params["optim"]["lr"] = 0.0005
    changed = [model for model in before if resolve(params, model) != before[model]]
    assert changed == ["resnet", "basic_cnn"]


@pytest.mark.parametrize(
    ("like", "sentence"),
    [
        ("no_such", "like: 'no_such' is not another model; there are resnet"),
        ("cnn_sgd", "like: 'cnn_sgd' is not another model"),
        ("wide_cnn", "like: wide_cnn is itself like cnn_adam"),
        (["resnet"], "like: ['resnet'] is not another model"),
        (None, "like: None is not another model"),
    ],
    ids=["unknown", "itself", "a chain", "a list", "nothing"],
)
def test_an_unknown_name_is_refused(params: dict[str, Any], like: Any, sentence: str) -> None:
    params["models"]["cnn_sgd"]["like"] = like
    with pytest.raises(BadInput) as raised:
        resolve(params, "cnn_sgd")
    assert str(raised.value).startswith(f"params.yaml, model cnn_sgd: {sentence}")


def test_a_loop_is_refused(params: dict[str, Any]) -> None:
    params["models"]["cnn_adam"]["like"] = "cnn_sgd"
    for model in ("cnn_adam", "cnn_sgd"):
        with pytest.raises(BadInput, match="is itself like"):
            resolve(params, model)
