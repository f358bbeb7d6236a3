"""Charts of learning curves; the reader of the page chooses accuracy, loss or macro-F1."""

import json

import altair as alt
import pandas as pd

from tools.report.drawing import COLOURS, Spec, layers, shown, spec
from tools.report.results import Result

MEASURES = {"accuracy": "accuracy", "loss": "loss", "macro_f1": "macro-F1"}


def epochs_table(results: list[Result]) -> pd.DataFrame:
    """Every epoch of every model: the data that all charts of curves share."""
    rows = [{"model": result.name} | row for result in results for row in result.epochs]
    return pd.DataFrame(rows).round(4).drop(columns="lr")


def measured(chart: alt.Chart) -> alt.Chart:
    """The chart with the columns that the signal `measure` chooses."""
    return chart.transform_calculate(
        train="datum['train_' + measure]", val="datum['val_' + measure]"
    )


def measure_scale(table: pd.DataFrame) -> alt.Scale:
    """A scale from 0 to the highest value of all models, so that charts can be compared."""
    highest = {
        measure: float(table[[f"train_{measure}", f"val_{measure}"]].max(axis=None))
        for measure in MEASURES
    }
    return alt.Scale(domainMin=0, domainMax=alt.ExprRef(f"({json.dumps(highest)})[measure]"))


def all_curves(table: pd.DataFrame) -> Spec:
    """The validation curves of all models."""
    order = table.model.unique().tolist()
    base = measured(shown(alt.Chart(table))).encode(
        x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, grid=False)),
        y=alt.Y("val:Q", title="validation", scale=measure_scale(table)),
        color=alt.Color(
            "model:N",
            sort=order,
            title=None,
            scale=alt.Scale(domain=order, range=(COLOURS * 9)[: len(order)]),
            legend=alt.Legend(orient="top", columns=4),
        ),
    )
    hovered = alt.selection_point(
        nearest=True,
        on="pointermove",
        fields=["epoch", "model"],
        empty=False,
        clear="pointerout",
        name="hovered",
    )
    lines = base.mark_line(strokeWidth=2)
    points = (
        base.mark_point(filled=True, size=70)
        .encode(
            opacity=alt.when(hovered).then(alt.value(1)).otherwise(alt.value(0)),
            tooltip=[
                "model",
                "epoch",
                alt.Tooltip("val:Q", format=".4f", title="validation"),
                alt.Tooltip("train:Q", format=".4f", title="train"),
            ],
        )
        .add_params(hovered)
    )
    return spec(layers(lines, points, height=340), order, "accuracy")


def curves(table: pd.DataFrame, model: str) -> Spec:
    """The training and validation curves of one model."""
    base = measured(alt.Chart(table).transform_filter(alt.datum.model == model))
    line = (
        base.transform_fold(["train", "val"], as_=["part", "value"])
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, tickCount=5, grid=False)),
            y=alt.Y("value:Q", title=None, scale=measure_scale(table), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "part:N", legend=None, scale=alt.Scale(domain=["val", "train"], range=COLOURS)
            ),
            strokeDash=alt.StrokeDash(
                "part:N",
                legend=None,
                scale=alt.Scale(domain=["val", "train"], range=[[1, 0], [5, 3]]),
            ),
            tooltip=["part:N", "epoch", alt.Tooltip("value:Q", format=".4f")],
        )
    )
    return spec(line.properties(height=170), measure="accuracy")
