"""The README's five steps to a new model, followed to the letter in a temporary clone."""

import json
import re
import sys
from pathlib import Path

import pandas as pd

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import KINDS, Workspace

CONSISTENCY = "each_kind_of_stage or writes_each or depends_on_each or plots_show"


def shown(language: str) -> str:
    """The one block of that language under "Add a model", without the list's indentation."""
    section = (REPOSITORY / "README.md").read_text().split("## Add a model")[1]
    (block,) = re.findall(rf"```{language}\n(.*?)   ```", section, re.DOTALL)
    return re.sub(r"^   ", "", block, flags=re.MULTILINE)


def commands() -> list[list[str]]:
    """What the steps say to run."""
    section = (REPOSITORY / "README.md").read_text().split("## Add a model")[1]
    return [text.split() for text in re.findall(r"`((?:python|dvc repro) [^`]+)`", section)]


def lines_like_vits(pipeline: str) -> tuple[str, int]:
    """dvc.yaml with a line for `linear` after each line that names vit, and how many."""
    lines, added = [], 0
    for line in pipeline.splitlines(keepends=True):
        lines.append(line)
        if re.search(r"\bvit\b|_vit:", line):
            lines.append(re.sub(r"(?<![a-z])vit\b", "linear", line))
            added += 1
    return "".join(lines), added


def test_five_steps_add_a_model(built: Workspace, tmp_path: Path) -> None:
    clone = built.copy(tmp_path / "clone")
    (clone.folder / "fer2013/networks/linear.py").write_text(shown("python"))  # step 1
    params = clone.folder / "params.yaml"
    models, after = params.read_text().split("\nensemble:")
    params.write_text(f"{models}\n{shown('yaml')}\nensemble:{after}")  # step 2
    said = consistency(clone, fails=True)
    assert "test_each_model_has_each_kind_of_stage_and_no_other" in said
    pipeline = clone.folder / "dvc.yaml"
    text, added = lines_like_vits(pipeline.read_text())
    pipeline.write_text(text)  # step 3
    assert added == 9
    record, repro, compare = commands()
    clone.run(*record)  # step 4
    assert "linear" in json.loads(clone.bytes_of("tests/golden/recipes.json"))["models"]
    consistency(clone)
    assert clone.ran(*repro) == {"configure"} | {f"{kind}_linear" for kind in KINDS}  # step 5
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
