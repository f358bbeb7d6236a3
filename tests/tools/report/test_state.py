"""The data of the page, which come from the pipeline's files."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.metrics import f1_score

from fer2013.core.constants import CLASSES
from fer2013.runtime.errors import BadInput
from tests.tools.report.made_up import MODELS
from tools.report import scores
from tools.report.calibration import calibration_error
from tools.report.confusion import confusion
from tools.report.mistakes import OF_A_CLASS, data_uri
from tools.report.parameters import flattened, parameters
from tools.report.results import Result
from tools.report.state import State, read_state

pytestmark = pytest.mark.usefixtures("in_results")


@pytest.fixture
def state(in_results: Path) -> State:
    return read_state(faces=True)


def result_of(state: State, name: str) -> Result:
    (found,) = [result for result in state.results if result.name == name]
    return found


def test_the_best_model_comes_first_and_models_without_results_are_only_named(
    state: State,
) -> None:
    accuracies = [result.scores["val"]["accuracy"] for result in state.results]
    assert accuracies == sorted(accuracies, reverse=True)
    assert {result.name for result in state.results} == {*MODELS, "ensemble"}
    assert "champion" in state.untrained
    assert "resnet" not in state.untrained
    assert state.notes == []


def test_the_bins_give_the_calibration_error_of_the_scores(state: State) -> None:
    for result in state.results:
        found = calibration_error(state.bins[result.name])
        assert found == pytest.approx(result.scores["val"]["calibration_error"], abs=1e-5)
        assert sum(bin.faces for bin in state.bins[result.name]) == len(result.predictions)


def test_scores_by_class_are_those_of_the_scores(state: State) -> None:
    (table,) = [scores.by_class([result_of(state, "vit")])]
    f1 = [float(row.cells[5].value or 0) for row in table.rows]
    output = result_of(state, "vit").scores["val"]["f1"]
    assert f1 == pytest.approx([output[name] for name in CLASSES], abs=1e-6)
    predictions = result_of(state, "vit").predictions
    expected = f1_score(predictions.actual, predictions.predicted, average="macro")
    assert sum(f1) / 7 == pytest.approx(expected)


def test_a_confusion_matrix_counts_actual_classes_in_rows(state: State) -> None:
    result = result_of(state, "vit")
    found = confusion(result)
    angry = result.predictions[result.predictions.actual == "Angry"]
    assert found.counts[0] == [int((angry.predicted == name).sum()) for name in CLASSES]
    assert sum(found.fractions[0]) == pytest.approx(1)
    assert found.right / found.faces == pytest.approx(result.scores["val"]["accuracy"], abs=1e-6)


def test_mistakes_are_mistakes_the_surest_first(state: State) -> None:
    table = result_of(state, "vit").predictions.set_index("row")
    for name, found in state.mistakes["vit"].items():
        assert 0 < len(found) <= OF_A_CLASS
        assert [it.confidence for it in found] == sorted(
            (it.confidence for it in found), reverse=True
        )
        assert len({it.face for it in found}) == len(found)
        for it in found:
            assert (it.actual, table.actual[str(it.row)]) == (name, name)
            assert it.predicted == table.predicted[str(it.row)] != name
            assert it.confidence >= it.of_actual


def test_the_surest_mistake_of_all_is_shown(state: State) -> None:
    result = result_of(state, "vit")
    assert result.probabilities is not None
    wrong = (result.predictions.actual != result.predictions.predicted).to_numpy()
    surest = max(it.confidence for found in state.mistakes["vit"].values() for it in found)
    assert surest == result.probabilities.max(axis=1)[wrong].max()


def test_faces_of_another_split_are_not_shown() -> None:
    path = Path("data/tensors/val.safetensors")
    part = load_file(path)
    save_file(part | {"rows": part["rows"] + 1}, path)
    state = read_state(faces=True)
    assert state.mistakes == {}
    assert "holds other faces" in state.notes[0]


def test_probabilities_of_another_run_are_not_believed() -> None:
    path = Path("data/probabilities/vit.safetensors")
    save_file({"val": load_file(path)["val"].flip(1)}, path)
    state = read_state(faces=True)
    assert "vit" not in state.bins | state.mistakes
    assert state.notes[0].startswith("calibration of vit: ")


def test_without_data_a_note_replaces_the_gallery() -> None:
    Path("data/tensors/val.safetensors").unlink()
    for path in Path("data/probabilities").iterdir():
        path.unlink()
    state = read_state(faces=True)
    assert (state.bins, state.mistakes) == ({}, {})
    assert len(state.notes) == 2


def test_only_faces_of_fer2013_may_not_be_shared(state: State) -> None:
    assert state.shows_fer2013  # params.yaml says data/raw
    state.built_in = True
    assert not state.shows_fer2013


def test_scores_and_predictions_of_two_runs_are_refused() -> None:
    path = Path("metrics/scores/vit.json")
    output = json.loads(path.read_text())
    output["val"]["accuracy"] = 0.99
    path.write_text(json.dumps(output))
    with pytest.raises(
        BadInput, match=r"vit\.csv are not of one run .* run dvc repro confusion_vit"
    ):
        read_state(faces=False)


def test_a_curve_without_a_column_is_refused() -> None:
    path = Path("metrics/epochs/vit.tsv")
    path.write_text(path.read_text().replace("train_macro_f1", "other"))
    with pytest.raises(
        BadInput, match=r"vit\.tsv has no column train_macro_f1; run dvc repro train"
    ):
        read_state(faces=False)


def test_an_ensemble_without_its_members_is_refused() -> None:
    Path("metrics/scores/vit.json").unlink()
    with pytest.raises(BadInput, match="has the member vit, which has no scores"):
        read_state(faces=False)


def test_without_scores_the_error_names_the_command_to_run() -> None:
    for path in Path("metrics/scores").iterdir():
        path.unlink()
    with pytest.raises(BadInput, match="no scores yet; run dvc repro"):
        read_state(faces=False)


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"usage": 3}'])
def test_a_damaged_data_report_is_refused(text: str) -> None:
    Path("metrics/data.json").write_text(text)
    with pytest.raises(BadInput, match=r"metrics/data\.json is damaged .*; run dvc repro ingest"):
        read_state(faces=False)


def test_parameters_have_a_row_a_key_and_say_where_models_differ(state: State) -> None:
    found = {it.key: it for it in parameters(state.results)}
    assert found["network.name"].values == {
        result.name: result.config["network"]["name"] for result in state.results if result.config
    }
    assert "ensemble" not in found["seed"].values
    assert not found["seed"].differs
    assert found["optim.lr"].differs
    assert found["network.patch"].values["resnet"] == ""


def test_a_chain_of_augmentations_has_a_line_an_entry() -> None:
    chain = [{"name": "flip", "p": 0.5}, {"name": "cutout", "size": 12, "p": 1.0}]
    assert flattened({"augment": chain, "train": {"ema": None}}) == {
        "augment": "flip (p 0.5)\ncutout (size 12, p 1.0)",
        "train.ema": "null",
    }


def test_a_face_of_a_gallery_is_the_face_of_its_row(state: State) -> None:
    """Another order of rows would show other faces under the right numbers."""
    part = load_file("data/tensors/val.safetensors")
    shown = next(it for found in state.mistakes["vit"].values() for it in found)
    index = int(torch.nonzero(part["rows"] == shown.row))
    assert CLASSES[int(part["labels"][index])] == shown.actual
    assert data_uri(part["faces"][index, 0].numpy()) == shown.face
