"""The state → one self-contained HTML page, made with the templates beside this file."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.core.constants import CLASSES
from tools.report import charts, curve_charts, curves, scores
from tools.report.calibration import bins_table, calibration_error
from tools.report.confusion import confusion
from tools.report.data import data_tables
from tools.report.parameters import parameters
from tools.report.state import State
from tools.report.tables import listed
from tools.vega import vega

TEMPLATES = Path(__file__).parent / "templates"


def page(state: State) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"source": source, "listed": listed, "classes": CLASSES}
    specs, datasets = charts_of(state)
    return environment.get_template("page.html").render(
        state=state,
        models=[result.name for result in state.results],
        best=state.results[0],
        leaderboard=scores.leaderboard(state.results),
        parts=scores.parts(state.results),
        f1_by_class=scores.f1_by_class(state.results),
        by_class=scores.by_class(state.results),
        curves=curves,
        measures=curve_charts.MEASURES,
        confusions=[confusion(result) for result in state.results],
        calibration_errors={name: calibration_error(found) for name, found in state.bins.items()},
        bins=bins_table(state.bins),
        data_tables=data_tables(state.data) if state.data else [],
        parameters=parameters(state.results),
        charts=specs,
        datasets=datasets,
        vega=vega(),
    )


def charts_of(state: State) -> tuple[dict[str, Any], dict[str, Any]]:
    """All charts by the id of their HTML element, and their data by name, as charts share it."""
    specs = {"accuracies": charts.accuracies(state.results), "costs": charts.costs(state.results)}
    table = curve_charts.epochs_table(state.results)
    specs["curves"] = curve_charts.all_curves(table)
    for model in table.model.unique():
        specs[f"curves-{model}"] = curve_charts.curves(table, model)
    for model, found in state.bins.items():
        specs[f"reliability-{model}"] = charts.reliability(found)
    if state.data:
        specs["classes"] = charts.classes(state.data["training"]["per_class"])
    datasets: dict[str, Any] = {}
    for spec in specs.values():
        datasets |= spec.pop("datasets")
    return specs, datasets


def source(name: str) -> str:
    """The text of a stylesheet or script."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
