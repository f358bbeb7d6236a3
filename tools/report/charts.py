"""Charts of accuracies, costs, calibration and classes. Those of curves are in curve_charts.py."""

import altair as alt
import pandas as pd

from fer2013.core.constants import CLASSES
from tools.report.calibration import Bin
from tools.report.drawing import COLOURS, INK, Spec, layers, shown, spec
from tools.report.results import Result

KINDS = {
    "validation, 95 %": ("val_accuracy", "circle"),
    "train": ("train_accuracy", "triangle-right"),
    "published validation": ("published_val_accuracy", "diamond"),
}


def accuracies(results: list[Result]) -> Spec:
    """Validation accuracy with its interval, train and published accuracy, one line per model."""
    table = pd.DataFrame([result.row for result in results])
    table = table[["model", *(name for name in table if "accuracy" in name)]]
    order = table.model.tolist()
    y = alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labelLimit=140))
    x = alt.Scale(domain=[0, 1])
    kind = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=list(KINDS), range=COLOURS),
        legend=alt.Legend(orient="top", symbolType="circle", columns=2),
    )
    base = shown(alt.Chart(table))
    tooltip = ["model", *(alt.Tooltip(f"{name}:Q", format=".2%") for name in table.columns[1:])]
    interval = base.mark_rule(strokeWidth=3, color=COLOURS[0]).encode(
        y=y,
        x=alt.X("val_accuracy_low:Q", title="accuracy", scale=x, axis=alt.Axis(format="%")),
        x2="val_accuracy_high:Q",
        tooltip=tooltip,
    )
    points = [
        base.transform_calculate(kind=f"'{name}'")
        .mark_point(filled=True, size=90, shape=shape, opacity=1)
        .encode(y=y, x=alt.X(f"{column}:Q", scale=x), color=kind, tooltip=tooltip)
        for name, (column, shape) in KINDS.items()
    ]
    return spec(layers(interval, *points, height=30 * len(order)), order)


def costs(results: list[Result]) -> Spec:
    """Accuracy against the PFLOP of training."""
    table = pd.DataFrame([result.row for result in results])
    table = table[
        ["model", "pflop", "parameters", "val_accuracy", "val_accuracy_low", "val_accuracy_high"]
    ]
    order = table.model.tolist()
    x = alt.X(
        "pflop:Q",
        title="training PFLOP",
        scale=alt.Scale(type="log", padding=50),
        axis=alt.Axis(tickCount=4, format="~g"),
    )
    base = shown(alt.Chart(table)).encode(
        x=x, tooltip=["model", "pflop", "parameters", alt.Tooltip("val_accuracy:Q", format=".2%")]
    )
    rules = base.mark_rule(color=COLOURS[0], strokeWidth=2).encode(
        y=alt.Y(
            "val_accuracy_low:Q",
            title="validation accuracy",
            axis=alt.Axis(format="%"),
            scale=alt.Scale(zero=False),
        ),
        y2="val_accuracy_high:Q",
    )
    points = base.mark_point(filled=True, size=90, color=COLOURS[0], opacity=1).encode(
        y="val_accuracy:Q"
    )
    names = base.mark_text(dy=-8).encode(y="val_accuracy_high:Q", text="model:N")
    return spec(layers(rules, points, names, height=320), order)


def reliability(found: list[Bin]) -> Spec:
    """Accuracy by confidence; a perfectly calibrated model is on the diagonal."""
    table = pd.DataFrame(found).round(4)
    diagonal = (
        alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]}))
        .mark_line(strokeDash=[4, 4], color=INK, opacity=0.6, strokeWidth=1.5)
        .encode(x="x:Q", y="y:Q")
    )
    tooltip = ["faces", *(alt.Tooltip(name, format=".1%") for name in ("confidence", "accuracy"))]
    bars = (
        alt.Chart(table)
        .mark_bar(color=COLOURS[0], opacity=0.45)
        .encode(
            x=alt.X(
                "low:Q",
                title="confidence",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=4, grid=False),
            ),
            x2="high:Q",
            y=alt.Y(
                "accuracy:Q",
                title="accuracy",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=4),
            ),
            y2=alt.datum(0),
            tooltip=tooltip,
        )
    )
    points = (
        alt.Chart(table)
        .mark_point(filled=True, color=COLOURS[0], opacity=1)
        .encode(
            x="confidence:Q",
            y="accuracy:Q",
            size=alt.Size("faces:Q", legend=None, scale=alt.Scale(range=[10, 200])),
            tooltip=tooltip,
        )
    )
    return spec(layers(bars, diagonal, points, height=200))


def classes(per_class: dict[str, int]) -> Spec:
    table = pd.DataFrame({"class": per_class.keys(), "rows": per_class.values()})
    base = alt.Chart(table).encode(
        y=alt.Y("class:N", sort=list(CLASSES), title=None),
        x=alt.X("rows:Q", title="Training rows", axis=alt.Axis(tickCount=5)),
        tooltip=["class", "rows"],
    )
    return spec(base.mark_bar(color=COLOURS[0]).properties(height=24 * len(CLASSES)))
