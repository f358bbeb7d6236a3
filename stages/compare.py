"""Every model's scores → metrics/leaderboard.csv, .md and .png, and metrics/curves.png.

Models without scores are left out. With FER2013 (data.folder: data/raw) it also updates the table
of results in README.md.

python -m stages.compare
"""

from pathlib import Path
from typing import Any

from fer2013.core.config import Config, read_config
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.reporting.curves_picture import draw_curves
from fer2013.reporting.leaderboard import (
    Published,
    Row,
    as_markdown,
    ensemble_row,
    leaderboard,
    leaderboard_row,
    read_published,
    with_teachers,
)
from fer2013.reporting.leaderboard_picture import draw_leaderboard
from fer2013.reporting.readme_table import insert_table
from fer2013.reporting.result_files import History, read_epochs, read_scores
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import atomic_write, write_text
from stages import run_stage

LEADERBOARD = Path("metrics/leaderboard")
CURVES = Path("metrics/curves.png")
README = Path("README.md")


def main() -> None:
    paths = sorted(Path("metrics/scores").glob("*.json"))
    scores = {path.stem: read_scores(path) for path in paths}
    rows = rows_of(scores)
    if not rows:
        raise BadInput("metrics/scores holds no scores yet; run dvc repro compare.")
    table = leaderboard(list(rows.values()))
    write_text(LEADERBOARD.with_suffix(".md"), as_markdown(table))
    with atomic_write(LEADERBOARD.with_suffix(".csv")) as path:
        table.to_csv(path, index=False, float_format="%.6f", lineterminator="\n")
    with atomic_write(LEADERBOARD.with_suffix(".png")) as path:
        draw_leaderboard(table, path)
    with atomic_write(CURVES) as path:
        draw_curves(*curves_of(scores), path)
    if README.exists() and read_yaml(PARAMS)["data"]["folder"] == "data/raw":
        write_text(README, insert_table(README.read_text(encoding="utf-8"), table))


def rows_of(scores: dict[str, dict[str, Any]]) -> dict[str, Row]:
    """The leaderboard's rows for models and ensembles, from their scores."""
    published = read_published(read_yaml(PARAMS))
    rows = {
        model: row_of(model, found, published.get(model))
        for model, found in scores.items()
        if "members" not in found
    }
    needed = {model: teachers_of(model, rows) for model in rows}
    for name, found in scores.items():
        if "members" in found:
            rows[name] = row_of_ensemble(name, found, rows)
            needed[name] = found["members"]
    return with_teachers(rows, needed)


def curves_of(scores: dict[str, dict[str, Any]]) -> tuple[dict[str, History], dict[str, int]]:
    """The models' histories, and the epochs whose weights were kept; the best model first."""
    trained = {model: found for model, found in scores.items() if "members" not in found}
    best_first = sorted(trained, key=lambda model: -trained[model]["val"]["accuracy"])
    histories = {model: history_of(model) for model in best_first}
    return histories, {model: trained[model]["epoch"] for model in best_first}


def history_of(model: str) -> History:
    return read_epochs(Path("metrics/epochs") / f"{model}.tsv")


def row_of(model: str, scores: dict[str, Any], published: Published | None) -> Row:
    config = configuration_of(model)
    teachers = [configuration_of(teacher) for teacher in config.teacher_names]
    epochs = len(history_of(model))
    return leaderboard_row(model, config, scores, epochs, published, teachers=teachers)


def configuration_of(model: str) -> Config:
    return read_config(Path("models") / model / "config.yaml")


def teachers_of(model: str, rows: dict[str, Row]) -> list[str]:
    teachers = configuration_of(model).teacher_names
    for teacher in teachers:
        if teacher not in rows:
            raise BadInput(
                f"{model} has the teacher {teacher}, which has no scores; "
                f"run dvc repro evaluate_{teacher}."
            )
    return teachers


def row_of_ensemble(name: str, scores: dict[str, Any], rows: dict[str, Row]) -> Row:
    for member in scores["members"]:
        if member not in rows:
            raise BadInput(
                f"metrics/scores/{name}.json has the member {member}, which has no scores; "
                f"run dvc repro {name}."
            )
    return ensemble_row(name, scores, [rows[member] for member in scores["members"]])


if __name__ == "__main__":
    run_stage(main)
