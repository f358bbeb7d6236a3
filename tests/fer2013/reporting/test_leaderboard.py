from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer2013.core.config import Config, merge, resolve
from fer2013.core.sections import check, read_yaml
from fer2013.reporting.leaderboard import as_markdown, for_people, leaderboard, read_published
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")
PUBLISHED = read_published(REPOSITORY / "benchmarks/published.csv")
ON = {"device": "cpu", "name": "AMD EPYC", "cpu_capability": "AVX512", "precision": "bfloat16"}
RESNET = 236_594_048  # multiply-adds


def scores(accuracy: float, members: list[str] | None = None, **val: Any) -> dict[str, Any]:
    numbers = {
        "accuracy": accuracy,
        "accuracy_low": accuracy - 0.02,
        "accuracy_high": accuracy + 0.02,
        "macro_f1": accuracy - 0.05,
        "loss": 1.2,
        "calibration_error": 0.03,
        "collapsed": False,
        "lost_classes": [],
    }
    result = {"train": {"accuracy": 0.9}, "val": numbers | val}
    return result | ({"members": members} if members else {"epoch": 3, "trained_on": 1000})


def config(model: str, **changes: Any) -> Config:
    return check(Config, merge(resolve(PARAMS, model).model_dump(), changes), "test")


def ranked(found: dict[str, dict[str, Any]], **configs: Config) -> pd.DataFrame:
    """The leaderboard, by model, after five epochs each."""
    trained = {model: config(model) for model in found if "members" not in found[model]} | configs
    table = leaderboard(found, trained, dict.fromkeys(trained, 5), PUBLISHED)
    return table.set_index("model", drop=False)


def test_a_row_has_cost_scores_and_published_values() -> None:
    table = ranked({"resnet": scores(0.6), "cnn_sgd": scores(0.5), "vit": scores(0.5)})
    assert table.model.tolist() == ["resnet", "cnn_sgd", "vit"]  # the best first
    found = table.loc["resnet"]
    assert found.parameters == 695_655
    assert found.pflop == pytest.approx(6 * RESNET * 5000 / 1e15)
    assert (found.epoch, found.epochs) == (3, 5)
    assert (found.train_accuracy, found.val_accuracy) == (0.9, 0.6)
    assert (found.published_val_accuracy, found.published_macro_f1) == (0.6395, 0.6278)
    assert pd.isna(table.published_val_accuracy["vit"])  # a model of our own


def test_a_row_names_the_machine_and_an_ensembles_all_of_its_members() -> None:
    found = {
        "vit": scores(0.5) | {"computed_on": ON},
        "cnn_adam": scores(0.4),
        "ensemble": scores(0.7, ["vit", "cnn_adam"]),
    }
    machines = ranked(found).computed_on
    assert machines.loc[["vit", "cnn_adam"]].tolist() == [
        "AMD EPYC (AVX512), bfloat16",
        "not recorded",
    ]
    assert machines["ensemble"] == "AMD EPYC (AVX512), bfloat16; not recorded"


def test_the_training_of_teachers_and_members_is_counted_once() -> None:
    found = {name: scores(0.5) for name in ("vit", "resnet", "cnn_adam")}
    alone = ranked(found).pflop
    taught = {"teachers": {"models": ["cnn_adam"], "weight": 0.5}}
    loss = {"loss": {"name": "cross_entropy", "class_weights": "none", "label_smoothing": 0.0}}
    students = {name: config(name, **taught, **loss) for name in ("vit", "resnet")}
    table = ranked(found | {"ensemble": scores(0.7, ["vit", "resnet"])}, **students)
    forward = alone["cnn_adam"] / 3  # of the teacher, in its student's training
    expected = alone["vit"] + alone["cnn_adam"] + forward
    assert table.pflop["vit"] == pytest.approx(expected)
    assert table.pflop["cnn_adam"] == alone["cnn_adam"]
    assert table.pflop["ensemble"] == pytest.approx(expected + alone["resnet"] + forward)
    assert table.parameters["ensemble"] == table.parameters["vit"] + table.parameters["resnet"]
    assert pd.isna(table.epochs["ensemble"])


def test_a_teacher_or_member_without_scores_is_named() -> None:
    with pytest.raises(BadInput, match=r"ensemble needs resnet, .* run dvc repro evaluate_resnet"):
        ranked({"vit": scores(0.5), "ensemble": scores(0.7, ["vit", "resnet"])})


def test_the_table_for_people() -> None:
    found = {
        "resnet": scores(0.6),
        "vit": scores(0.1, collapsed=True, lost_classes=["Fear"]),
        "wide_cnn": scores(0.5, lost_classes=["Fear", "Sad"]),
        "ensemble": scores(0.7, ["resnet", "vit"]),
    }
    cells = for_people(ranked(found)).set_index("model")
    resnet = cells.loc["resnet"]
    assert resnet[["parameters", "validation accuracy", "95 %", "published"]].tolist() == [
        *("695,655", "60.0%", "58.0% to 62.0%", "63.95%")
    ]
    assert cells.warning.tolist() == ["", "", "never predicts Fear, Sad", "COLLAPSED"]
    assert cells["epochs run"]["ensemble"] == ""
    lines = as_markdown(cells.reset_index()).splitlines()
    assert len(lines) == 2 + len(found)
    assert "nan" not in "".join(lines).lower()


def test_damaged_published_scores_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    path.write_text("model,loss\nresnet,1\n")
    with pytest.raises(BadInput, match=r"published\.csv: .*; restore it with git checkout"):
        read_published(path)
