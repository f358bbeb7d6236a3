"""The README's first command, `make demo`, and those that it suggests next."""

import json
import re
from pathlib import Path

import pytest

from tests.pipeline.test_readme import blocks
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


def score(workspace: Workspace, part: str, name: str) -> float:
    return float(json.loads(workspace.bytes_of("metrics/scores/resnet.json"))[part][name])


def test_resnet_has_learnt_and_is_up_to_date(demo: Workspace) -> None:
    assert 0.5 <= score(demo, "val", "accuracy") <= 0.98
    assert "Data and pipelines are up to date" in demo.run("dvc", "repro", "train_resnet")
    assert demo.run("git", "status", "--porcelain") == ""


def test_the_three_commands_of_the_readme(demo: Workspace) -> None:
    """The second one trains both models of the demo, and nothing that nobody asked for.

    Here on fewer faces, which takes less time.
    """
    (shown,) = (block for block in blocks(Path("README.md")) if "cd demo" in block)
    repro, experiment, diff = (line for line in shown.splitlines() if line.startswith("dvc "))
    demo.set("sample.rows=240", "sample.test_rows=60")
    demo.run("dvc", "repro")
    demo.commit("Take fewer faces")
    assert "Data and pipelines are up to date" in demo.run(*repro.split())
    before = score(demo, "train", "cross_entropy")
    trained = {name for name in demo.ran(*experiment.split()) if name.startswith("train_")}
    assert trained == {f"train_{model}" for model in MODELS}
    after = score(demo, "train", "cross_entropy")
    values = (re.escape(str(round(value, 5))) for value in (before, after))
    row = r"metrics/scores/resnet.json +train\.cross_entropy +" + " +".join(values)
    assert after != before
    assert re.search(row, demo.run(*diff.split()))
