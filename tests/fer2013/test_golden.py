"""Has a change in code changed the computation? CONTRIBUTING.md says what to do then.

tests/golden/runs.py explains why each model also runs in float64.
"""

import json

import pytest
import torch

from fer2013.core.sections import read_models, read_yaml
from tests.conftest import REPOSITORY
from tests.golden import runs
from tests.golden.record import recorded

PARAMS = read_yaml(REPOSITORY / "params.yaml")
MODELS = list(read_models(PARAMS))
RECORDED = recorded()
COMMAND = "python -m tests.golden.record"


def test_every_model_is_recorded_and_no_other() -> None:
    assert RECORDED.keys() == set(MODELS), f"record them: {COMMAND}"


@pytest.mark.parametrize("model", MODELS)
def test_the_curve_is_the_recorded_one(model: str) -> None:
    found, expected = runs.in_double(runs.shortened(PARAMS, model)), RECORDED[model]
    same = found["recipe"] == expected["recipe"]
    cause = "with the recorded recipe" if same else "with another recipe"
    assert runs.same_curve(found["curve_in_double"], expected["curve_in_double"]), (
        f"{model} computes something else, {cause}. If that is meant, record it ({COMMAND} {model})"
        f" and train it again; CONTRIBUTING.md tells more. {json.dumps(found)}"
    )


@pytest.mark.parametrize("model", MODELS)
def test_the_bytes_are_the_recorded_ones(model: str) -> None:
    here, by_kind = runs.machine(), RECORDED[model]["as_trained"]
    if here not in by_kind or by_kind[here]["torch"] != torch.__version__:
        pytest.skip(f"{model}'s bytes are not recorded for {here}, torch {torch.__version__}")
    assert runs.as_trained(runs.shortened(PARAMS, model)) == by_kind[here]
