"""The leaderboard: one row for each model and ensemble, ordered by validation accuracy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer2013.core import networks
from fer2013.core.config import Config
from fer2013.reporting.cost import multiply_adds, parameters, pflop_of_training
from fer2013.runtime.errors import BadInput, one_line

Row = dict[str, Any]
PUBLISHED = ["train_accuracy", "val_accuracy", "loss", "macro_f1"]
SHOWN = {  # by column: its heading for people, and how a cell is written
    "model": ("model", "{}"),
    "val_accuracy": ("validation accuracy", "{:.1%}"),
    "interval": ("95 %", "{}"),
    "warning": ("warning", "{}"),
    "published_val_accuracy": ("published", "{:.2%}"),
    "macro_f1": ("macro-F1", "{:.3f}"),
    "published_macro_f1": ("macro-F1, published", "{:.3f}"),
    "train_accuracy": ("train accuracy", "{:.1%}"),
    "published_train_accuracy": ("train accuracy, published", "{:.1%}"),
    "loss": ("loss", "{:.3f}"),
    "published_loss": ("loss, published", "{:.3f}"),
    "calibration_error": ("calibration error", "{:.3f}"),
    "epoch": ("epoch kept", "{:.0f}"),
    "epochs": ("epochs run", "{:.0f}"),
    "parameters": ("parameters", "{:,}"),
    "multiply_adds": ("multiply-adds", "{:,}"),
    "pflop": ("training PFLOP", "{:.3g}"),
    "computed_on": ("computed on", "{}"),
}


def read_published(path: Path) -> pd.DataFrame:
    """The scores that the published runs report, by model; nan where one was not published.

    Raises:
        BadInput: the file is missing or damaged.
    """
    try:
        return pd.read_csv(path, index_col="model", comment="#")[PUBLISHED].astype(float)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"{path}: {one_line(error)}; restore it with git checkout.") from None


def leaderboard(
    scores: Mapping[str, dict[str, Any]],
    configs: Mapping[str, Config],
    epochs: Mapping[str, int],
    published: pd.DataFrame,
) -> pd.DataFrame:
    """Rank models and ensembles.

    Args:
        scores: the contents of metrics/scores/<model>.json, by model; an ensemble's name `members`.
        configs: the configuration of each model that was trained.
        epochs: the number of epochs that each was trained for.
        published: of `read_published`.

    Raises:
        BadInput: a model's teacher or an ensemble's member has no scores.
    """
    needs = {
        model: found["members"] if "members" in found else configs[model].teacher_names
        for model, found in scores.items()
    }
    for model, others in needs.items():
        for other in others:
            if other not in scores:
                raise BadInput(
                    f"{model} needs {other}, which has no scores; run dvc repro evaluate_{other}."
                )
    costs = {
        model: cost_of(config, epochs[model] * scores[model]["trained_on"], configs)
        for model, config in configs.items()
    }
    rows = [
        {
            "model": model,
            **total_cost(model, costs, needs),
            "epoch": found.get("epoch"),
            "epochs": epochs.get(model),
            "train_accuracy": found["train"]["accuracy"],
            "val_accuracy": found["val"]["accuracy"],
            "val_accuracy_low": found["val"]["accuracy_low"],
            "val_accuracy_high": found["val"]["accuracy_high"],
            **{key: found["val"][key] for key in ("macro_f1", "loss", "calibration_error")},
            "warning": warning(found["val"]),
            "computed_on": computed_on(scores, found.get("members", [model])),
        }
        for model, found in scores.items()
    ]
    # Int64, unlike int64, allows missing values: an ensemble has no epochs.
    table = pd.DataFrame(rows).astype({"epoch": "Int64", "epochs": "Int64"})
    table = table.join(published.add_prefix("published_"), on="model")
    return table.sort_values(["val_accuracy", "model"], ascending=[False, True], ignore_index=True)


def cost_of(config: Config, images: int, configs: Mapping[str, Config]) -> Row:
    """The cost of a network and of its own training, in which its teachers see each image too."""
    network = networks.build(config.network)
    teachers = [networks.build(configs[name].network) for name in config.teacher_names]
    return {
        "parameters": parameters(network),
        "multiply_adds": multiply_adds(network),
        "pflop": pflop_of_training(network, images, teachers),
    }


def total_cost(model: str, costs: Mapping[str, Row], needs: Mapping[str, list[str]]) -> Row:
    """A model's cost with the training of all that it needs, each counted once.

    An ensemble computes what all its members compute.
    """

    def needed(name: str) -> set[str]:
        return {name}.union(*map(needed, needs[name]))

    parts = [costs[name] for name in ([model] if model in costs else needs[model])]
    trained = [costs[name]["pflop"] for name in sorted(needed(model)) if name in costs]
    size = {key: sum(part[key] for part in parts) for key in ("parameters", "multiply_adds")}
    return size | {"pflop": sum(trained)}


def computed_on(scores: Mapping[str, dict[str, Any]], models: list[str]) -> str:
    """A short description of the hardware and precision that models were trained with."""
    machines = []
    for model in models:
        found = scores[model].get("computed_on")
        if not found:
            machines.append("not recorded")
            continue
        capability = f" ({found['cpu_capability']})" if found["device"] == "cpu" else ""
        machines.append(f"{found['name']}{capability}, {found['precision']}")
    return "; ".join(dict.fromkeys(machines))


def warning(val: dict[str, Any]) -> str:
    """A warning if the model predicts only one class or never predicts some class, else ""."""
    if val["collapsed"]:
        return "COLLAPSED"
    lost = ", ".join(val["lost_classes"])
    return f"never predicts {lost}" if lost else ""


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard with headings and written numbers; a cell without a value is empty."""
    low, high = (table[f"val_accuracy_{end}"].map("{:.1%}".format) for end in ("low", "high"))
    table = table.assign(interval=low + " to " + high)
    cells = {
        heading: [written(value, form) for value in table[column]]
        for column, (heading, form) in SHOWN.items()
    }
    return pd.DataFrame(cells)


def written(value: Any, form: str) -> str:
    return "" if pd.isna(value) else form.format(value)


def as_markdown(cells: pd.DataFrame) -> str:
    lines = [list(cells.columns), ["---"] * len(cells.columns), *cells.to_numpy().tolist()]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
