"""What all charts have in common: Vega-Lite's JSON, by Altair, which the page draws as SVG.

Text and axes take the page's colour (`currentColor`), so that they follow light and dark. Each
chart that shows models has the signal `models`: those that are not filtered out.
"""

from typing import Any

import altair as alt

Spec = dict[str, Any]

# Each stands out from white and from almost black by 3 to 1 or more, as WCAG asks of graphics.
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
    "font": "system-ui, sans-serif",  # Vega measures texts with it
    "aria": False,  # the page says in words what a chart shows, not point by point
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
    """The models that are not filtered out."""
    return chart.transform_filter("indexof(models, datum.model) >= 0")


def layers(*charts: alt.Chart, height: int) -> alt.LayerChart:
    chart = alt.LayerChart(layer=list(charts))
    return chart.properties(height=height)


def spec(
    chart: alt.Chart | alt.LayerChart, models: list[str] | None = None, measure: str | None = None
) -> Spec:
    """As wide as its place in the page, with the signals that the page sets."""
    for name, value in (("models", models), ("measure", measure)):
        if value is not None:
            chart = chart.add_params(alt.param(name=name, value=value))
    with alt.data_transformers.enable("default", consolidate_datasets=True, max_rows=None):
        found: Spec = chart.properties(width="container").to_dict()
    return found | {"config": CONFIG, "autosize": {"type": "fit-x", "contains": "padding"}}
