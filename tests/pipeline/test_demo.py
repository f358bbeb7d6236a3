"""The README's first command, and what it says to try next, as a user runs them."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeClassifier

from tests.pipeline.workspace import OF_ENSEMBLE, Workspace


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A clone of the full size, with committed results, in which `make demo` has run."""
    outer = Workspace.copy_of_repository(tmp_path_factory.mktemp("demo") / "fer2013")
    outer.set("train.threads=1")  # other tests run beside this one
    (outer.folder / "metrics/scores").mkdir(parents=True)
    (outer.folder / "metrics/scores/resnet.json").write_text('{"val": {"accuracy": 0.99}}')
    outer.commit("Pretend that there are results of real data")
    said = outer.make("demo")
    assert "demo/metrics/confusion/resnet.png" in said
    assert outer.run("git", "status", "--porcelain") == ""  # committed results stay untouched
    inner = Workspace(outer.folder / "demo")
    inner.environment["FER2013_RESUME_DIR"] = str(outer.folder.parent / "resume")
    return inner


def scores(workspace: Workspace) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(workspace.bytes_of("metrics/scores/resnet.json"))
    return found


def test_resnet_learns_what_a_linear_model_cannot(demo: Workspace) -> None:
    accuracy = scores(demo)["val"]["accuracy"]
    assert 0.5 <= accuracy <= 0.95
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


def test_nothing_is_left_to_do_in_the_demo(demo: Workspace) -> None:
    assert "Data and pipelines are up to date" in demo.run("dvc", "repro", "train_resnet")
    assert demo.run("git", "status", "--porcelain") == ""


def test_the_three_commands_of_the_readme(built: Workspace, tmp_path: Path) -> None:
    """With few rows and one epoch: in the demo itself the second one takes some minutes."""
    workspace = built.copy(tmp_path / "demo")
    assert "Data and pipelines are up to date" in workspace.run("dvc", "repro", "train_resnet")
    before = scores(workspace)["train"]["cross_entropy"]
    ran = workspace.ran("dvc", "exp", "run", "-S", "optim.lr=0.0005")
    of_resnet = {f"{kind}_resnet" for kind in ("train", "evaluate", "confusion", "submit")}
    assert ran == {"configure", "compare"} | of_resnet | OF_ENSEMBLE  # resnet is a member
    after = scores(workspace)["train"]["cross_entropy"]
    diff = workspace.run("dvc", "metrics", "diff")
    told = (re.escape(str(round(score, 5))) for score in (before, after))
    row = r"metrics/scores/resnet.json +train\.cross_entropy +" + " +".join(told)
    assert after != before
    assert re.search(row, diff)
