"""Every model's scores → metrics/leaderboard.csv, .md and .png. Models without scores are left out.

python -m stages.compare
"""

from pathlib import Path

from fer2013.config import read_config
from fer2013.errors import BadInput, exit_on_bad_input
from fer2013.files import write_text, written_whole
from fer2013.leaderboard import as_markdown, leaderboard, leaderboard_row
from fer2013.leaderboard_picture import draw_leaderboard
from fer2013.params import PARAMS, read_published, read_yaml
from fer2013.result_files import read_epochs, read_scores

LEADERBOARD = Path("metrics/leaderboard")


def main() -> None:
    published = read_published(read_yaml(PARAMS))
    rows = []
    for path in sorted(Path("metrics/scores").glob("*.json")):
        model = path.stem
        config = read_config(Path("models") / model / "config.yaml")
        scores = read_scores(path)
        epochs = len(read_epochs(Path("metrics/epochs") / f"{model}.tsv"))
        rows.append(leaderboard_row(model, config, scores, epochs, published.get(model)))
    if not rows:
        raise BadInput("metrics/scores holds no scores yet; run dvc repro compare.")
    table = leaderboard(rows)
    write_text(LEADERBOARD.with_suffix(".md"), as_markdown(table))
    with written_whole(LEADERBOARD.with_suffix(".csv")) as part:
        table.to_csv(part, index=False, float_format="%.6f", lineterminator="\n")
    with written_whole(LEADERBOARD.with_suffix(".png")) as part:
        draw_leaderboard(table, part)


if __name__ == "__main__":
    exit_on_bad_input(main)
