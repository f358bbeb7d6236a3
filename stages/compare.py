"""Every model's scores → metrics/leaderboard.csv, .md and .png, and metrics/curves.png.

    python -m stages.compare

Models without scores are left out. `python -m tools.readme_table` then updates the README.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from fer2013.core.config import resolve
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.reporting.leaderboard import as_markdown, for_people, leaderboard, read_published
from fer2013.reporting.pictures import draw_curves, draw_leaderboard
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, write_text
from fer2013.scoring.result_files import History, read_epochs, read_scores
from stages import run_stage

SCORES = Path("metrics/scores")
LEADERBOARD = Path("metrics/leaderboard.csv")
PUBLISHED = Path("benchmarks/published.csv")


def main() -> None:
    scores, histories = read_results()
    table = rank(scores, histories)
    write_text(LEADERBOARD.with_suffix(".md"), as_markdown(for_people(table)))
    with atomic_write(LEADERBOARD) as path:
        table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
    with atomic_write(LEADERBOARD.with_suffix(".png")) as path:
        draw_leaderboard(table, path)
    with atomic_write(Path("metrics/curves.png")) as path:
        draw_curves(*curves_of(table, histories), path)


def read_results() -> tuple[dict[str, dict[str, Any]], dict[str, History]]:
    """Every model's scores, and the epochs of those that were trained.

    Raises:
        BadInput: there are none, or a file is missing or damaged.
    """
    scores = {path.stem: read_scores(path) for path in sorted(SCORES.glob("*.json"))}
    if not scores:
        raise BadInput(f"{SCORES} holds no scores yet; run dvc repro evaluate_resnet.")
    trained = [model for model, found in scores.items() if "members" not in found]
    return scores, {model: read_epochs(Path(f"metrics/epochs/{model}.tsv")) for model in trained}


def rank(scores: dict[str, dict[str, Any]], histories: dict[str, History]) -> pd.DataFrame:
    params = read_yaml(PARAMS)
    configs = {model: resolve(params, model) for model in histories}
    epochs = {model: len(history) for model, history in histories.items()}
    return leaderboard(scores, configs, epochs, read_published(PUBLISHED))


def curves_of(
    table: pd.DataFrame, histories: dict[str, History]
) -> tuple[dict[str, History], dict[str, int]]:
    """The models' histories, the best model first, and the epochs whose weights were kept."""
    kept = table.set_index("model").epoch.dropna().to_dict()
    return {model: histories[model] for model in kept}, kept


if __name__ == "__main__":
    run_stage(main)
