from pathlib import Path
from typing import Any

import pytest

from fer2013.core.config import resolve
from fer2013.core.sections import read_yaml
from fer2013.reporting.leaderboard import (
    as_markdown,
    ensemble_row,
    leaderboard,
    leaderboard_row,
    read_published,
    warning,
    with_teachers,
)
from fer2013.reporting.leaderboard_picture import draw_leaderboard
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")


def scores(accuracy: float, **val: Any) -> dict[str, Any]:
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
    return {"epoch": 3, "trained_on": 1000, "train": {"accuracy": 0.9}, "val": numbers | val}


def row(model: str, accuracy: float, **val: Any) -> dict[str, Any]:
    published = read_published(PARAMS).get(model)
    return leaderboard_row(model, resolve(PARAMS, model), scores(accuracy, **val), 5, published)


def test_a_row_has_cost_scores_and_published_values() -> None:
    found = row("resnet", 0.6)
    assert found["parameters"] == 695_655
    assert found["pflop"] == pytest.approx(6 * 236_594_048 * 5000 / 1e15)
    assert (found["epoch"], found["epochs"]) == (3, 5)
    assert (found["train_accuracy"], found["val_accuracy"]) == (0.9, 0.6)
    assert found["published_val_accuracy"] == 0.6395
    assert found["published_macro_f1"] == 0.6278


ON = {"device": "cpu", "name": "AMD EPYC", "cpu_capability": "AVX512", "precision": "bfloat16"}


def test_a_row_names_the_machine() -> None:
    def row_on(computed_on: dict[str, str] | None) -> dict[str, Any]:
        result = scores(0.6) | ({"computed_on": computed_on} if computed_on else {})
        return leaderboard_row("vit", resolve(PARAMS, "vit"), result, 5, None)

    rows = [row_on(ON), row_on(ON | {"device": "cuda", "name": "H100"}), row_on(None), row_on(ON)]
    computed_on = [row["computed_on"] for row in rows]
    assert computed_on[:3] == ["AMD EPYC (AVX512), bfloat16", "H100, bfloat16", "not recorded"]
    its_scores = scores(0.7) | {"members": ["a", "b", "c", "d"]}
    ensemble = ensemble_row("ensemble", its_scores, rows)
    assert ensemble["computed_on"] == "; ".join(computed_on[:3])
    assert "| AMD EPYC (AVX512), bfloat16 |" in as_markdown(leaderboard(rows))


def test_a_model_of_our_own_has_no_published_values() -> None:
    assert row("vit", 0.5)["published_val_accuracy"] is None


def test_the_cost_of_a_model_includes_its_teachers() -> None:
    rows = {name: row(name, 0.5) for name in ("vit", "resnet", "cnn_adam")}
    vit, resnet, cnn = (rows[name]["pflop"] for name in rows)
    found = with_teachers(rows, {"vit": ["resnet"], "resnet": ["cnn_adam"], "cnn_adam": []})
    assert found["vit"]["pflop"] == pytest.approx(vit + resnet + cnn)
    assert found["cnn_adam"] == rows["cnn_adam"]
    assert found["vit"]["parameters"] == rows["vit"]["parameters"]


def test_a_teacher_of_two_members_costs_once() -> None:
    rows = {name: row(name, 0.5) for name in ("vit", "resnet", "cnn_adam")}
    its_scores = scores(0.7) | {"members": ["vit", "resnet", "cnn_adam"]}
    del its_scores["epoch"]
    rows["ensemble"] = ensemble_row("ensemble", its_scores, list(rows.values()))
    requirements = {"vit": ["cnn_adam"], "resnet": ["cnn_adam"], "ensemble": its_scores["members"]}
    found = with_teachers(rows, requirements)
    assert found["ensemble"]["pflop"] == pytest.approx(rows["ensemble"]["pflop"])
    assert found["resnet"]["pflop"] > rows["resnet"]["pflop"]


def test_the_cost_of_an_ensemble_is_that_of_its_members() -> None:
    members = [row("vit", 0.5), row("resnet", 0.6)]
    its_scores = scores(0.7) | {"members": ["vit", "resnet"]}
    del its_scores["epoch"]
    found = ensemble_row("ensemble", its_scores, members)
    for name in ("parameters", "multiply_adds", "pflop"):
        assert found[name] == members[0][name] + members[1][name]
    assert found["val_accuracy"] == 0.7
    assert found["published_val_accuracy"] is None
    table = leaderboard([*members, found])
    assert table.model.tolist() == ["ensemble", "resnet", "vit"]
    assert table.to_csv(columns=["epoch", "epochs"], index=False).split() == [
        *("epoch,epochs", ",", "3,5", "3,5")
    ]
    _, _, line, other, _ = as_markdown(table).splitlines()
    assert line.split(" | ")[4:6] == ["", ""]
    assert other.split(" | ")[4:6] == ["3", "5"]


def test_the_best_comes_first() -> None:
    table = leaderboard([row("vit", 0.5), row("resnet", 0.6), row("cnn_sgd", 0.5)])
    assert table.model.tolist() == ["resnet", "cnn_sgd", "vit"]


def test_a_collapse_and_lost_classes_are_loud() -> None:
    assert warning(scores(0.1, collapsed=True, lost_classes=["Fear"])["val"]) == "COLLAPSED"
    assert warning(scores(0.1, lost_classes=["Fear", "Sad"])["val"]) == "never predicts Fear, Sad"
    assert warning(scores(0.1)["val"]) == ""
    lines = as_markdown(leaderboard([row("vit_published", 0.1, collapsed=True)])).splitlines()
    assert "| **COLLAPSED** |" in lines[2]


def test_the_table_for_people() -> None:
    header, _, line = as_markdown(leaderboard([row("resnet", 0.6)])).splitlines()
    cells = dict(zip(header.split(" | "), line.split(" | "), strict=True))
    assert cells["parameters"] == "695,655"
    assert cells["multiply-adds"] == "236.6 M"
    assert cells["val accuracy"] == "60.00%"
    assert cells["95 %"] == "58.00% to 62.00%"
    assert cells["val accuracy, published"] == "63.95%"
    assert "nan" not in as_markdown(leaderboard([row("vit", 0.5), row("wide_cnn", 0.5)])).lower()


def test_the_picture_is_the_same_twice(tmp_path: Path) -> None:
    table = leaderboard([row("vit", 0.5), row("resnet", 0.6)])
    for name in ("a.png", "b.png"):
        draw_leaderboard(table, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
