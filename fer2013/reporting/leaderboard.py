"""The leaderboard: one row for each model, ordered by validation accuracy."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer2013.core import networks
from fer2013.core.config import Config
from fer2013.core.sections import PARAMS, Fraction, Number, Section, check
from fer2013.reporting.cost import multiply_adds, parameters, pflop_of_training
from fer2013.runtime.errors import BadInput

HEADINGS = {
    "model": "model",
    "parameters": "parameters",
    "multiply_adds": "multiply-adds",
    "pflop": "training PFLOP",
    "epoch": "epoch kept",
    "epochs": "epochs run",
    "train_accuracy": "train accuracy",
    "val_accuracy": "val accuracy",
    "interval": "95 %",
    "macro_f1": "macro-F1",
    "loss": "loss",
    "calibration_error": "calibration error",
    "warning": "warning",
    "computed_on": "computed on",
    "published_train_accuracy": "train accuracy, published",
    "published_val_accuracy": "val accuracy, published",
    "published_loss": "loss, published",
    "published_macro_f1": "macro-F1, published",
}


class Published(Section):
    """The published scores of a run; null where none was published."""

    train_accuracy: Fraction | None
    val_accuracy: Fraction | None
    loss: Number | None
    macro_f1: Fraction | None


COST = ("parameters", "multiply_adds", "pflop")
Row = dict[str, Any]


def read_published(params: dict[str, Any]) -> dict[str, Published]:
    """The section `published` of params.yaml: published scores by model."""
    published = params.get("published")
    if not isinstance(published, dict):
        raise BadInput(f"{PARAMS}: published should hold a section for each published model.")
    return {
        model: check(Published, scores, f"{PARAMS}: published.{model}")
        for model, scores in published.items()
    }


def leaderboard_row(
    model: str,
    config: Config,
    scores: dict[str, Any],
    epochs: int,
    published: Published | None,
    *,
    teachers: Sequence[Config] = (),
) -> Row:
    """One model's row of the leaderboard.

    Args:
        model: its name.
        config: its configuration.
        scores: the contents of its metrics/scores/<model>.json.
        epochs: the number of epochs that it was trained for.
        published: its published scores, if there are any.
        teachers: the configurations of its teachers, whose forward passes are part of its cost.
    """
    network = networks.build(config.network)
    teacher_networks = [networks.build(teacher.network) for teacher in teachers]
    cost = {
        "parameters": parameters(network),
        "multiply_adds": multiply_adds(network),
        "pflop": pflop_of_training(network, epochs * scores["trained_on"], teacher_networks),
    }
    return _row(model, cost, scores, epochs, published, machine=computed_on(scores))


def ensemble_row(model: str, scores: dict[str, Any], members: list[Row]) -> Row:
    """An ensemble's row: its cost is the sum of its members', and it has no epochs."""
    cost = {name: sum(row[name] for row in members) for name in COST}
    machines = "; ".join(dict.fromkeys(row["computed_on"] for row in members))
    return _row(model, cost, scores, None, None, machine=machines)


def with_teachers(rows: dict[str, Row], requirements: dict[str, list[str]]) -> dict[str, Row]:
    """Add to each model's cost that of training its teachers, each counted once.

    `requirements` has the teachers of each model and the members of each ensemble.
    """

    def needed(model: str) -> set[str]:
        return {model}.union(*map(needed, requirements.get(model, [])))

    def own_pflop(model: str) -> float:
        return 0.0 if pd.isna(rows[model]["epochs"]) else float(rows[model]["pflop"])

    return {
        model: row | {"pflop": sum(map(own_pflop, sorted(needed(model))))}
        for model, row in rows.items()
    }


def _row(
    model: str,
    cost: dict[str, Any],
    scores: dict[str, Any],
    epochs: int | None,
    published: Published | None,
    *,
    machine: str,
) -> Row:
    val = scores["val"]
    reference = published.model_dump() if published else dict.fromkeys(Published.model_fields)
    return {
        "model": model,
        **cost,
        "epoch": scores.get("epoch"),
        "epochs": epochs,
        "train_accuracy": scores["train"]["accuracy"],
        "val_accuracy": val["accuracy"],
        "val_accuracy_low": val["accuracy_low"],
        "val_accuracy_high": val["accuracy_high"],
        "macro_f1": val["macro_f1"],
        "loss": val["loss"],
        "calibration_error": val["calibration_error"],
        "warning": warning(val),
        "computed_on": machine,
        **{f"published_{key}": value for key, value in reference.items()},
    }


def computed_on(scores: dict[str, Any]) -> str:
    """A short description of the hardware and precision that a model was trained with."""
    found = scores.get("computed_on")
    if not found:
        return "not recorded"
    capability = f" ({found['cpu_capability']})" if found["device"] == "cpu" else ""
    return f"{found['name']}{capability}, {found['precision']}"


def warning(val: dict[str, Any]) -> str:
    """A warning if the model predicts only one class or never predicts some class, else ""."""
    if val["collapsed"]:
        return "COLLAPSED"
    if val["lost_classes"]:
        return f"never predicts {', '.join(val['lost_classes'])}"
    return ""


def leaderboard(rows: list[Row]) -> pd.DataFrame:
    # Int64, unlike int64, allows missing values: an ensemble has no epochs.
    table = pd.DataFrame(rows).astype({"epoch": "Int64", "epochs": "Int64"})
    return table.sort_values(["val_accuracy", "model"], ascending=[False, True], ignore_index=True)


def as_markdown(table: pd.DataFrame) -> str:
    """The leaderboard as a Markdown table; cells without a value are empty."""
    cells = pd.DataFrame({"model": table.model})
    cells["parameters"] = table.parameters.map("{:,}".format)
    cells["multiply_adds"] = table.multiply_adds.map(lambda count: f"{count / 1e6:.1f} M")
    cells["pflop"] = table.pflop.map("{:.3g}".format)
    for name in ("epoch", "epochs"):
        cells[name] = table[name].map(_count)
    for name in ("train_accuracy", "val_accuracy"):
        cells[name] = table[name].map(_per_cent)
    low, high = table.val_accuracy_low.map(_per_cent), table.val_accuracy_high.map(_per_cent)
    cells["interval"] = low + " to " + high
    for name in ("macro_f1", "loss", "calibration_error"):
        cells[name] = table[name].map(_decimal)
    cells["warning"] = table.warning.map(lambda text: f"**{text}**" if text else "")
    cells["computed_on"] = table.computed_on.str.replace("|", "/")
    for name in ("train_accuracy", "val_accuracy"):
        cells[f"published_{name}"] = table[f"published_{name}"].map(_per_cent)
    for name in ("loss", "macro_f1"):
        cells[f"published_{name}"] = table[f"published_{name}"].map(_decimal)
    header = [HEADINGS[name] for name in cells.columns]
    lines = [header, ["---"] * len(header), *cells.to_numpy().tolist()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _count(number: int | None) -> str:
    return "" if pd.isna(number) else f"{number:.0f}"


def _per_cent(fraction: float | None) -> str:
    return "" if pd.isna(fraction) else f"{fraction:.2%}"


def _decimal(value: float | None) -> str:
    return "" if pd.isna(value) else f"{value:.4f}"
