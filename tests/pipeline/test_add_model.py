"""The README's five steps to add a model, carried out in a temporary clone."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from dvc.utils.serialize import modify_yaml

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import KINDS, Workspace

CONSISTENCY = "each_kind_of_stage or writes_each"


def shown(language: str) -> str:
    """The one block of that language under "Add a model", without the list's indentation."""
    section = (REPOSITORY / "README.md").read_text().split("## Add a model")[1]
    (block,) = re.findall(rf"```{language}\n(.*?)   ```", section, re.DOTALL)
    return re.sub(r"^   ", "", block, flags=re.MULTILINE)


def commands() -> list[list[str]]:
    """What the steps say to run."""
    section = (REPOSITORY / "README.md").read_text().split("## Add a model")[1]
    return [text.split() for text in re.findall(r"`((?:python|dvc repro) [^`]+)`", section)]


def renamed(value: Any) -> Any:
    """A part of dvc.yaml with `linear` in place of vit."""
    if isinstance(value, dict):
        return {renamed(key): renamed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner) for inner in value]
    return re.sub(r"(?<![a-z])vit\b", "linear", value) if isinstance(value, str) else value


def add_beside_vit(pipeline: Path) -> int:
    """Do step 3: give `linear` an entry after each of vit's in dvc.yaml. → how many"""
    added = 0
    with modify_yaml(pipeline) as content:
        stages = content["stages"]
        entries = stages["configure"]["outs"]
        for entry in [entry for entry in entries if renamed(entry) != entry]:
            entries.insert(entries.index(entry) + 1, renamed(entry))
            added += 1
        for key in [key for key in stages if renamed(key) != key]:
            stages.insert(list(stages).index(key) + 1, renamed(key), renamed(stages[key]))
            added += 1
    return added


@pytest.mark.long
def test_five_steps_add_a_model(built: Workspace, tmp_path: Path) -> None:
    clone = built.copy(tmp_path / "clone")
    (clone.folder / "fer2013/networks/linear.py").write_text(shown("python"))  # step 1
    with modify_yaml(clone.folder / "params.yaml") as params:  # step 2
        params["models"].update(yaml.safe_load(shown("yaml")))
    output = consistency(clone, fails=True)
    assert "test_each_model_has_each_kind_of_stage_and_no_other" in output
    assert add_beside_vit(clone.folder / "dvc.yaml") == 3  # step 3
    record, repro, compare = commands()
    clone.run(*record)  # step 4
    assert "linear" in json.loads(clone.bytes_of("tests/golden/recipes.json"))["models"]
    consistency(clone)
    ran = {"configure", "overfit", *(f"{kind}_linear" for kind in KINDS)}
    assert clone.ran(*repro) == ran  # step 5
    assert clone.ran(*compare) == {"compare"}
    epochs = pd.read_csv(clone.folder / "metrics/epochs/linear.tsv", sep="\t")
    assert len(epochs) == 3
    assert json.loads(clone.bytes_of("metrics/scores/linear.json"))["val"]["faces"] > 0
    leaderboard = pd.read_csv(clone.folder / "metrics/leaderboard.csv")
    assert set(leaderboard.model) == {"resnet", "vit", "ensemble", "linear"}
    assert int(leaderboard.set_index("model").parameters["linear"]) == 48 * 48 * 7 + 7


def consistency(clone: Workspace, fails: bool = False) -> str:
    words = ["-q", "-p", "no:cacheprovider", "-k", CONSISTENCY, "tests/pipeline/test_dvc_yaml.py"]
    return clone.run(sys.executable, "-m", "pytest", *words, fails=fails)
