"""What all charts have in common: Vega-Lite's JSON, by Altair, which the page draws as SVG.

Text and axes have the page's text colour (`currentColor`), which fits light and dark mode. Each
chart that shows several models has the signal `models`: those that the reader has not hidden.
"""

from typing import Any

import altair as alt

Spec = dict[str, Any]

# Each has a contrast of at least 3:1 with white and with almost black, as WCAG asks for graphics.
COLOURS = [
    "#3b82d9",
    "#e0590b",
    "#2f9e44",
    "#d6336c",
    "#845ef7",
    "#0c8599",
    "#a17c00",
    "#e03131",
    "#5c7a99",
    "#9c6644",
    "#6a994e",
    "#c2478f",
]
INK = "currentColor"
CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",  # Vega needs it to measure the width of text
    "aria": False,  # the page has a text alternative for each chart instead
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "domainColor": INK,
        "tickColor": INK,
        "gridColor": INK,
        "gridOpacity": 0.15,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "symbolStrokeWidth": 3,
        "symbolType": "stroke",
    },
    "text": {"color": INK, "fontSize": 12},
    "range": {"category": COLOURS},
}


def shown(chart: alt.Chart) -> alt.Chart:
    """The chart with only those models that the reader has not hidden."""
    return chart.transform_filter("indexof(models, datum.model) >= 0")


def layers(*charts: alt.Chart, height: int) -> alt.LayerChart:
    chart = alt.LayerChart(layer=list(charts))
    return chart.properties(height=height)


def spec(
    chart: alt.Chart | alt.LayerChart, models: list[str] | None = None, measure: str | None = None
) -> Spec:
    """The chart's JSON: as wide as its container, with the signals that the page sets."""
    for name, value in (("models", models), ("measure", measure)):
        if value is not None:
            chart = chart.add_params(alt.param(name=name, value=value))
    with alt.data_transformers.enable("default", consolidate_datasets=True, max_rows=None):
        found: Spec = chart.properties(width="container").to_dict()
    return found | {"config": CONFIG, "autosize": {"type": "fit-x", "contains": "padding"}}
