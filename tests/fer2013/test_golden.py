"""Has a change in code changed the computation? CONTRIBUTING.md says what to do then.

tests/golden/runs.py explains why each model also runs in float64.
"""

import platform
import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import torch

from fer2013.base.sections import read_models, read_yaml
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tests.golden import runs
from tests.golden.record import Entry, record, recorded

PARAMS = read_yaml(REPOSITORY / "params.yaml")
RECORDED = recorded()
MODELS = list(read_models(PARAMS))
COMMAND = "python -m tests.golden.record"


def entry_of(model: str) -> Entry:
    if model not in RECORDED:
        pytest.fail(f"{model} has no golden run yet; record it: {COMMAND} {model}", pytrace=False)
    return RECORDED[model]


def verdict(model: str) -> str:
    """What a difference means; a recipe that was changed on purpose is told from changed code."""
    config = runs.shortened(PARAMS, model)
    same_recipe = runs.recipe_hash(config) == entry_of(model)["recipe"]
    cause = "with the recorded recipe" if same_recipe else "as its recipe is not the recorded one"
    return (
        f"{model} computes something else, {cause}. If that is meant, record it "
        f"({COMMAND} {model}) and train it again; CONTRIBUTING.md tells more."
    )


@pytest.mark.parametrize("model", MODELS)
def test_the_curve_is_the_recorded_one(model: str) -> None:
    expected = entry_of(model)["curve_in_double"]
    curve = runs.curve_in_double(runs.shortened(PARAMS, model))
    assert curve.keys() == expected.keys()
    for name in curve:
        assert curve[name] == pytest.approx(expected[name], rel=runs.TOLERANCE), verdict(model)


@pytest.mark.parametrize("model", MODELS)
def test_the_bytes_are_the_recorded_ones(model: str) -> None:
    here, by_kind = runs.machine(), entry_of(model)["as_trained"]
    if here not in by_kind:
        kinds = "; ".join(by_kind) or "no processor"
        pytest.skip(f"{model}'s bytes are recorded for {kinds}, and this is {here}")
    expected = by_kind[here]
    if expected["torch"] != torch.__version__:
        pytest.skip(f"{model}'s bytes are recorded with torch {expected['torch']}")
    assert runs.as_trained(runs.shortened(PARAMS, model)) == expected, verdict(model)


def test_no_model_is_recorded_that_is_gone() -> None:
    gone = RECORDED.keys() - set(MODELS)
    assert not gone, f"params.yaml has no such models any more; record all others: {COMMAND}"


def test_the_drawn_faces_have_flaws_to_drop() -> None:
    train_part, val_part = runs.parts()
    assert (len(train_part), len(val_part)) == (runs.TRAIN_FACES, runs.VAL_FACES)
    assert train_part.blank.any() or val_part.blank.any()
    assert train_part.conflicting.any() or val_part.conflicting.any()


CURVE = {"train_loss": [2.0, 1.5], "val_loss": [2.1, 1.9], "val_accuracy": [0.0, 0.25]}


class Recording:
    """Records into a file of its own, on whichever kind of machine, whatever runs come to there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch.setattr
        self.patch(runs, "FILE", folder / "recipes.json")

    def on(
        self,
        kind: str,
        *models: str,
        recipe: str = "a",
        loss: float = 2.0,
        weights: str = "w",
        torch: str = "2",
    ) -> dict[str, Entry]:
        curve = CURVE | {"train_loss": [loss, 1.5]}
        own = {"torch": torch, "curve": curve, "weights": f"{weights} on {kind}"}
        self.patch(runs, "machine", lambda: kind)
        self.patch(runs, "in_double", lambda _: {"recipe": recipe, "curve_in_double": curve})
        self.patch(runs, "as_trained", lambda _: own)
        record(PARAMS, list(models))
        return recorded()


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    return Recording(tmp_path, monkeypatch)


def test_named_models_are_recorded_and_the_others_stay(recording: Recording) -> None:
    before = recording.on("Zen", loss=1.0)
    assert before.keys() == set(MODELS)
    after = recording.on("Zen", "vit", loss=3.0)
    assert [name for name in MODELS if after[name] != before[name]] == ["vit"]


def test_each_kind_of_processor_adds_its_bytes_and_keeps_the_others(recording: Recording) -> None:
    zen = recording.on("Zen", "vit")["vit"]
    both = recording.on("Haswell", "vit", loss=2.0 * (1 + runs.TOLERANCE / 10))["vit"]
    assert both["as_trained"].keys() == {"Haswell", "Zen"}
    assert both["as_trained"]["Zen"] == zen["as_trained"]["Zen"]
    assert both["as_trained"]["Haswell"]["weights"] == "w on Haswell"
    assert both["curve_in_double"] == zen["curve_in_double"]  # not another one's last digits


@pytest.mark.parametrize(
    ("change", "output"),
    [
        ({"loss": 2.001}, "its curve in float64 has changed"),
        ({"recipe": "b"}, "its recipe has changed"),
        ({"weights": "other"}, "its bytes have changed here"),
    ],
)
def test_after_a_change_the_values_of_other_processors_are_removed(
    recording: Recording,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    output: str,
) -> None:
    recording.on("Zen", "vit")
    recording.on("Haswell", "vit")
    assert capsys.readouterr().out == ""
    after = recording.on("Haswell", "vit", **change)["vit"]
    assert after["as_trained"].keys() == {"Haswell"}
    assert capsys.readouterr().out == f"vit: {output}, so what is dropped is that of Zen\n"


def test_another_version_of_torch_is_no_change_of_the_computation(recording: Recording) -> None:
    recording.on("Zen", "vit")
    recording.on("Haswell", "vit")
    after = recording.on("Haswell", "vit", torch="3", weights="other")["vit"]
    assert after["as_trained"].keys() == {"Haswell", "Zen"}
    assert after["as_trained"]["Haswell"]["torch"] == "3"


def test_an_unknown_model_cannot_be_recorded(recording: Recording) -> None:
    with pytest.raises(BadInput, match="no model of_mine"):
        recording.on("Zen", "of_mine")
    assert not runs.FILE.exists()


def test_a_processor_is_named_by_vendor_family_and_model_or_at_least_by_architecture() -> None:
    assert re.fullmatch(r"\S.*, \S.*", runs.machine())
    with patch.object(Path, "exists", lambda _: False):  # as on macOS
        assert runs.processor() == (platform.processor() or platform.machine())
