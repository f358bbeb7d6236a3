"""The committed model cards say what the committed results say."""

import re
from pathlib import Path

import pytest
import yaml

from fer2013.scoring.result_files import read_scores
from tests.conftest import REPOSITORY
from tools.cards import __main__ as cards


@pytest.fixture(autouse=True)
def _in_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


@pytest.mark.parametrize("model", cards.models_with_scores())
def test_a_card_is_in_step_with_the_results(model: str) -> None:
    """If this fails, results have changed since: run python -m tools.cards."""
    assert Path(f"models/{model}/README.md").read_text(encoding="utf-8") == cards.card(model)


def test_no_card_is_left_of_a_model_without_scores() -> None:
    written = {path.parent.name for path in Path("models").glob("*/README.md")}
    assert written == set(cards.models_with_scores())


def test_the_metadata_is_what_the_hub_reads() -> None:
    _, metadata, text = (
        Path("models/champion/README.md").read_text(encoding="utf-8").split("---\n", 2)
    )
    known = yaml.safe_load(metadata)
    (result,) = known["model-index"][0]["results"]
    values = {metric["type"]: metric["value"] for metric in result["metrics"]}
    scores = read_scores(Path("metrics/scores/champion.json"))["val"]
    assert values["accuracy"] == scores["accuracy"]
    assert known["pipeline_tag"] == result["task"]["type"] == "image-classification"
    assert known["license"] == "mit"
    assert "article 5(1)(f)" in " ".join(text.split())


def test_the_links_of_a_card_lead_somewhere() -> None:
    for model in cards.models_with_scores():
        folder = Path("models") / model
        for link in re.findall(r"\]\(([^)#]+)\)", (folder / "README.md").read_text("utf-8")):
            assert (folder / link).exists(), link
