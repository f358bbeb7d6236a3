"""Has a change in code changed what is computed? CONTRIBUTING.md says what follows from that.

tests/golden/runs.py says why each model runs in float64 too.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from fer2013.base.sections import read_models, read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tests.golden import runs
from tests.golden.record import record

# Relative. The largest spread measured between 1 and 2 threads, torch's AVX512, AVX2 and plain
# kernels, and MKL, oneDNN, OpenCV and NumPy with and without newer instructions is 7e-10
# (improved_cnn; most models stay below 1e-13). Leaving out the weight decay, the least of what
# should be noticed, makes 2e-7 to 5e-7; a focal gamma of 1.9 for 2.0, or augmentations in another
# order, some 1e-2.
TOLERANCE = 2e-8

PARAMS = read_yaml(REPOSITORY / "params.yaml")
RECORDED = json.loads(runs.FILE.read_text(encoding="utf-8"))
MODELS = list(read_models(PARAMS))
COMMAND = "python -m tests.golden.record"


def recorded(model: str) -> dict[str, Any]:
    if model not in RECORDED["models"]:
        pytest.fail(f"{model} has no golden run yet; record it: {COMMAND} {model}", pytrace=False)
    entry: dict[str, Any] = RECORDED["models"][model]
    return entry


def verdict(model: str) -> str:
    """What a difference means; a recipe that was changed on purpose is told from changed code."""
    config = runs.shortened(PARAMS, model)
    same_recipe = runs.hashed(config.model_dump_json().encode()) == recorded(model)["recipe"]
    cause = "with the recorded recipe" if same_recipe else "as its recipe is not the recorded one"
    return (
        f"{model} computes something else, {cause}. If that is meant, record it "
        f"({COMMAND} {model}) and train it again; CONTRIBUTING.md tells more."
    )


@pytest.mark.parametrize("model", MODELS)
def test_the_curve_is_the_recorded_one(model: str) -> None:
    expected = recorded(model)["curve_in_double"]
    curve = runs.curve_in_double(runs.shortened(PARAMS, model))
    assert curve.keys() == expected.keys()
    for name in curve:
        assert curve[name] == pytest.approx(expected[name], rel=TOLERANCE), verdict(model)


@pytest.mark.parametrize("model", MODELS)
def test_the_bytes_are_the_recorded_ones(model: str) -> None:
    expected = recorded(model)
    if runs.machine() != RECORDED["machine"]:
        pytest.skip(f"bytes are recorded for {RECORDED['machine']}, this is {runs.machine()}")
    came_to = runs.as_trained(runs.shortened(PARAMS, model))
    assert came_to == {name: expected[name] for name in came_to}, verdict(model)


def test_no_model_is_recorded_that_is_gone() -> None:
    gone = RECORDED["models"].keys() - set(MODELS)
    assert not gone, f"params.yaml has no such models any more; record all others: {COMMAND}"


def test_the_drawn_faces_have_flaws_to_drop() -> None:
    train_part, val_part = runs.parts()
    assert (len(train_part), len(val_part)) == (runs.TRAIN_FACES, runs.VAL_FACES)
    assert train_part.blank.any() or val_part.blank.any()
    assert train_part.conflicting.any() or val_part.conflicting.any()


def test_named_models_are_recorded_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FILE", tmp_path / "recipes.json")
    monkeypatch.setattr(runs, "recorded_of", lambda _: "before")
    record(PARAMS, [])
    monkeypatch.setattr(runs, "recorded_of", lambda _: "anew")
    record(PARAMS, ["vit"])
    content = json.loads(runs.FILE.read_text(encoding="utf-8"))
    assert content["machine"] == runs.machine()
    assert content["models"].keys() == set(MODELS)
    assert [name for name, entry in content["models"].items() if entry == "anew"] == ["vit"]


def test_bytes_of_two_machines_are_never_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FILE", tmp_path / "recipes.json")
    runs.FILE.write_text('{"machine": {"torch": "1.0"}, "models": {}}', encoding="utf-8")
    with pytest.raises(BadInput, match="another machine"):
        record(PARAMS, ["vit"])
    with pytest.raises(BadInput, match="no model of_mine"):
        record(PARAMS, ["of_mine"])
