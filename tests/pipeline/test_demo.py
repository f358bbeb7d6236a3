"""The README's first command, `make demo`, and those that it suggests next."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeClassifier

from fer2013.core.config import resolve
from fer2013.core.sections import read_yaml
from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tools.demo import MODELS

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A clone of the full size, with committed results, in which `make demo` has run."""
    outer = Workspace.copy_of_repository(tmp_path_factory.mktemp("demo") / "fer2013")
    (outer.folder / "metrics/scores").mkdir(parents=True)
    (outer.folder / "metrics/scores/resnet.json").write_text('{"val": {"accuracy": 0.99}}')
    outer.commit("Pretend that there are results of real data")
    output = outer.make("demo")
    assert "demo/metrics/confusion/resnet.png" in output
    assert outer.run("git", "status", "--porcelain") == ""  # committed results stay untouched
    inner = Workspace(outer.folder / "demo")
    inner.environment["FER2013_RESUME_DIR"] = str(outer.folder.parent / "resume")
    return inner


def scores(workspace: Workspace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(workspace.bytes_of("metrics/scores/resnet.json"))
    return found


def test_resnet_learns_what_a_linear_model_cannot(demo: Workspace) -> None:
    accuracy = scores(demo)["val"]["accuracy"]
    assert 0.5 <= accuracy <= 0.98
    assert accuracy >= linear_accuracy(demo.folder) + 0.1


def linear_accuracy(folder: Path) -> float:
    """A linear classifier on the pixels, on the same split, at the best of its strengths."""
    faces = np.load(folder / "data/faces/pixels.npy").reshape(-1, 48 * 48) / 255.0
    labels = pd.read_csv(folder / "data/faces/rows.csv").emotion.to_numpy()
    part = pd.read_csv(folder / "data/split.csv").part.to_numpy()
    x, y = faces[part == "train"], labels[part == "train"]
    standard = (faces - x.mean(axis=0)) / (x.std(axis=0) + 1e-6)
    return max(
        RidgeClassifier(alpha=strength)
        .fit(standard[part == "train"], y)
        .score(standard[part == "val"], labels[part == "val"])
        for strength in (1e2, 1e3, 1e4, 1e5)
    )


def test_the_demo_is_up_to_date(demo: Workspace) -> None:
    assert "Data and pipelines are up to date" in demo.run("dvc", "repro", "train_resnet")
    assert demo.run("git", "status", "--porcelain") == ""


def test_the_demo_has_the_models_that_inherit_the_rate(demo: Workspace) -> None:
    for folder in (REPOSITORY, demo.folder):
        params = read_yaml(folder / "params.yaml")
        params["optim"]["lr"] = 0.123
        models = params["models"]
        inheriting = [model for model in models if resolve(params, model).optim.lr == 0.123]
        assert sorted(inheriting) == sorted(MODELS)
    assert sorted(models) == sorted(MODELS)


def test_the_three_commands_of_the_readme(demo: Workspace) -> None:
    """The second one trains both models of the demo, and nothing that nobody asked for.

    Here on fewer faces, which takes less time.
    """
    demo.set("sample.rows=240", "sample.test_rows=60")
    demo.run("dvc", "repro")
    demo.commit("Take fewer faces")
    assert "Data and pipelines are up to date" in demo.run("dvc", "repro", "train_resnet")
    before = scores(demo)["train"]["cross_entropy"]
    ran = demo.ran("dvc", "exp", "run", "-S", "optim.lr=0.0005")
    of_models = {f"{kind}_{m}" for kind in ("train", "evaluate") for m in MODELS}
    assert ran == {"configure", "compare"} | of_models
    after = scores(demo)["train"]["cross_entropy"]
    diff = demo.run("dvc", "metrics", "diff")
    values = (re.escape(str(round(score, 5))) for score in (before, after))
    row = r"metrics/scores/resnet.json +train\.cross_entropy +" + " +".join(values)
    assert after != before
    assert re.search(row, diff)
