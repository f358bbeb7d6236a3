"""What DVC's extension for VS Code asks DVC for."""

import json
from typing import Any

import pytest

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
    for name in (
        "metrics/epochs/vit.tsv",
        "metrics/predictions/vit.csv",
        "metrics/leaderboard.csv",
    ):
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
    status = asked_by_vs_code(workspace, "data", "status", "--granular", "--unchanged", "--json")
    assert "error" not in status
