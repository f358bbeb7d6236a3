"""`dvc plots` without a network in a real Chromium, and what the VS Code extension asks DVC for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import asked_elsewhere, chromium, needs_chromium, opened
from tests.pipeline.workspace import FEW_MODELS, Workspace

ALL = (*FEW_MODELS, "ensemble")


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """With one epoch's accuracy changed since the commit, so that there is something to compare."""
    workspace = built.copy(tmp_path_factory.mktemp("plots") / "fer2013")
    path = workspace.folder / "metrics/epochs/vit.tsv"
    header, row = path.read_text().splitlines()
    path.write_text(f"{header}\n{row}\n" + row.replace("1", "2", 1) + "\n")
    return workspace


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@needs_chromium
@pytest.mark.parametrize("command", ["show", "diff"])
def test_dvc_plots_are_drawn_without_a_network(
    workspace: Workspace, browser: Browser, command: str
) -> None:
    out = f"plots-{command}"
    workspace.run("dvc", "plots", command, "--out", out)
    with opened(browser, workspace.folder / out / "index.html") as found:
        charts = 2 + 2 * len(FEW_MODELS) + 2  # dvc.yaml's, each model's, ensemble and leaderboard
        count = "(least) => document.querySelectorAll('main svg.marks').length >= least"
        found.page.wait_for_function(count, arg=charts)
        for chart in found.page.locator("main svg.marks").all():
            assert chart.locator(":is(.mark-line, .mark-rect) path[d]").count() > 0
        assert asked_elsewhere(found) == []
        assert found.complaints == []
        pictures = found.page.locator("img")
        assert pictures.count() >= len(ALL)
        widths = [picture.evaluate("(it) => it.naturalWidth") for picture in pictures.all()]
        assert all(width > 0 for width in widths)


def asked_by_vs_code(workspace: Workspace, *words: str) -> dict[str, Any]:
    output = workspace.run("dvc", *words)
    found: dict[str, Any] = json.loads(
        output[min(output.index(mark) for mark in "{[" if mark in output) :]
    )
    return found if isinstance(found, dict) else {"rows": found}


def test_vs_code_gets_its_plots(workspace: Workspace) -> None:
    """Plots and images of both revisions, each with the template that dvc.yaml gives it."""
    words = ("plots", "diff", "HEAD", "-o", ".dvc/tmp/plots", "--split", "--json")
    found = asked_by_vs_code(workspace, *words)
    assert "errors" not in found
    data = found["data"]
    for name in ("validation accuracy", "confusion", "metrics/leaderboard.csv"):
        (plot,) = data[name]
        assert plot["type"] == "vega"
        assert set(plot["revisions"]) == {"HEAD", "workspace"}
    for model in ALL:
        kinds = {plot["type"] for plot in data[f"metrics/confusion/{model}.png"]}
        assert kinds == {"image"}
    assert '"y": "model"' in json.dumps(data["metrics/leaderboard.csv"]) or (
        "model" in data["metrics/leaderboard.csv"][0]["anchor_definitions"].values()
    )


def test_vs_code_gets_its_experiments_and_data_status(workspace: Workspace) -> None:
    (row, *_) = asked_by_vs_code(workspace, "exp", "show", "-n", "1", "--json")["rows"]
    content = row["data"]
    assert not content.get("error")
    assert {f"metrics/scores/{model}.json" for model in ALL} <= content["metrics"].keys()
    assert "params.yaml" in content["params"]
    assert {f"models/{model}/config.yaml" for model in FEW_MODELS} <= content["params"].keys()
    status = asked_by_vs_code(workspace, "data", "status", "--granular", "--unchanged", "--json")
    assert "error" not in status
