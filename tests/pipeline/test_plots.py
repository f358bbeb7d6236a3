"""What DVC's extension for VS Code asks DVC for."""

import json
from typing import Any

from tests.pipeline.workspace import FEW_MODELS, Workspace

ALL = (*FEW_MODELS, "ensemble")


def asked_by_vs_code(workspace: Workspace, *words: str) -> Any:
    output = workspace.run("dvc", *words)
    return json.loads(output[min(output.index(mark) for mark in "{[" if mark in output) :])


def test_vs_code_gets_its_plots(built: Workspace) -> None:
    words = ("plots", "diff", "HEAD", "-o", ".dvc/tmp/plots", "--split", "--json")
    found = asked_by_vs_code(built, *words)
    assert "errors" not in found
    for model in ALL:
        kinds = {plot["type"] for plot in found["data"][f"metrics/confusion/{model}.png"]}
        assert kinds == {"image"}


def test_vs_code_gets_its_experiments(built: Workspace) -> None:
    (row, *_) = asked_by_vs_code(built, "exp", "show", "-n", "1", "--json")
    content = row["data"]
    assert not content.get("error")
    assert {f"metrics/scores/{model}.json" for model in ALL} <= content["metrics"].keys()
    assert "params.yaml" in content["params"]
