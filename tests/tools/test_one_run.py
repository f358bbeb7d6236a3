"""Scores are shown beside the weights and the configuration that they belong to, or not at all."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from dvc.utils.serialize import dump_yaml

from fer2013 import load_model
from fer2013.core import networks
from fer2013.core.networks import save_weights
from fer2013.core.sections import read_yaml
from fer2013.predict import command
from fer2013.runtime.errors import BadInput
from fer2013.runtime.recorded import require_one_run
from stages import export
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import SCORES
from tools.cards import __main__ as cards
from tools.onnx_file import write_model

FOLDER = Path("models/vit")
FILES = {
    "weights": FOLDER / "weights.safetensors",
    "run": FOLDER / "run.json",
    "config": FOLDER / "config.yaml",
    "scores": Path("metrics/scores/vit.json"),
    "predictions": Path("metrics/predictions/vit.csv"),
}


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an evaluated model, as current folder."""
    monkeypatch.chdir(tmp_path)
    for path in FILES.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(REPOSITORY / FOLDER / "config.yaml", FOLDER)
    write_weights(seed=0)
    FILES["run"].write_text("{}")
    FILES["scores"].write_text(json.dumps({"val": SCORES}))
    FILES["predictions"].write_text("row,actual,predicted\n")
    record()
    return tmp_path


def write_weights(seed: int) -> None:
    torch.manual_seed(seed)
    network = networks.build(read_yaml(FOLDER / "config.yaml")["network"])
    save_weights(network.state_dict(), 1, FILES["weights"])


def record() -> None:
    """Write dvc.lock as DVC does after the evaluation."""
    hashed = [
        {"path": str(path), "md5": hashlib.md5(path.read_bytes()).hexdigest()}
        for path in FILES.values()
    ]
    stages = {
        "train_vit": {"cmd": "other"},
        "evaluate_vit": {"deps": hashed[:3], "outs": hashed[3:]},
        "evaluate_vit_published": {"cmd": "other"},
    }
    dump_yaml("dvc.lock", {"schema": "2.0", "stages": stages})


def change(what: str) -> None:
    if what == "weights":
        write_weights(seed=1)
    else:
        FILES[what].write_text(FILES[what].read_text() + "\n")


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize("what", FILES)
def test_a_file_of_another_run_is_named(what: str) -> None:
    assert require_one_run(FOLDER)
    change(what)
    with pytest.raises(
        BadInput, match=f"{FILES[what]} is not the one that dvc.lock has .* dvc checkout"
    ):
        require_one_run(FOLDER)


@pytest.mark.usefixtures("evaluated")
def test_a_prediction_shows_no_score_of_other_weights() -> None:
    assert load_model(FOLDER).accuracy
    assert not load_model(FOLDER).description.note
    change("weights")
    model = load_model(FOLDER)
    assert model.accuracy is None
    assert "weights.safetensors is not the one" in model.description.note


def test_the_command_says_why_it_shows_none(
    evaluated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change("weights")
    (evaluated / "faces.csv").write_text("pixels\n" + " ".join(["7"] * 2304) + "\n")
    monkeypatch.setattr("sys.argv", ["fer2013", "predict", "faces.csv", "--model", str(FOLDER)])
    command.main()
    out, err = capsys.readouterr()
    assert out.startswith("faces.csv, row 0: ")
    assert err.startswith("note: ")
    assert "%" not in err


@pytest.mark.usefixtures("evaluated")
def test_a_copy_of_weights_has_scores_if_it_is_of_the_same() -> None:
    for seed, known in ((0, True), (1, False)):
        shutil.copytree(FOLDER, "kept/vit", dirs_exist_ok=True)
        write_weights(seed=1)
        assert bool(load_model("kept/vit").accuracy) == known, seed


@pytest.mark.usefixtures("evaluated")
def test_without_a_record_the_score_is_in_doubt() -> None:
    Path("dvc.lock").unlink()
    model = load_model(FOLDER)
    assert model.accuracy
    assert "no dvc.lock says" in model.description.note


WITH_SCORES: dict[str, Callable[[], object]] = {
    "export": export.main,
    "wheel and page": lambda: write_model(FOLDER, Path("vit.onnx")),
    "cards": lambda: cards.card("vit"),
}


@pytest.mark.usefixtures("evaluated")
@pytest.mark.parametrize("write", WITH_SCORES.values(), ids=WITH_SCORES.keys())
def test_what_carries_scores_is_not_written(
    write: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["export", "vit"])
    monkeypatch.setattr(export, "read_part", lambda _: None)
    monkeypatch.setattr(export, "read_tensors", lambda _: [{"val": None}])
    monkeypatch.setattr(cards, "read_scores", lambda _: {})
    change("weights")
    with pytest.raises(BadInput, match=r"weights\.safetensors is not the one"):
        write()
    assert not list(Path().rglob("*.onnx"))


@pytest.mark.usefixtures("evaluated")
def test_an_exported_file_names_its_weights_and_is_refused_beside_other_scores() -> None:
    write_model(FOLDER, FOLDER / "model.onnx")
    exported = load_model(FOLDER / "model.onnx").description
    digest = hashlib.sha256(FILES["weights"].read_bytes()).hexdigest()
    assert exported.details["weights"] == digest
    FILES["weights"].unlink()
    FILES["scores"].write_text(json.dumps({"val": SCORES | {"accuracy": 0.51}}))
    record_without_weights()
    with pytest.raises(BadInput, match="other scores than metrics/scores/vit"):
        write_model(FOLDER, Path("vit.onnx"))


def record_without_weights() -> None:
    FILES["weights"].touch()
    record()
    FILES["weights"].unlink()
