"""Write models/<model>/README.md, the card of each model that has scores.

    python -m tools.cards

The form is Hugging Face's: metadata in YAML, then text. All numbers come from metrics/ and from
models/<model>/config.yaml, so run this after results have changed; a test compares.
"""

from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import refuse_others, write_text
from fer2013.runtime.recorded import require_one_run
from fer2013.scoring.counts import by_class
from fer2013.scoring.result_files import read_predictions, read_scores

MODELS, SCORES = Path("models"), Path("metrics/scores")
COPIES = {  # among the validation faces, by split.keep_together
    "near": "none has a copy, identical or near, among the training faces",
    "exact": "none is identical to a training face, but some are near copies of one",
    "none": "some are copies of a training face, identical or near",
}
LEADERBOARD = Path("metrics/leaderboard.csv")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # it is Markdown
)


def main() -> None:
    models = models_with_scores()
    for model in models:
        path = MODELS / model / "README.md"
        refuse_others(path, f"# {model}: facial expressions of FER2013\n")
        write_text(path, card(model))
    print(f"{len(models)} cards are written: {MODELS}/<model>/README.md")


def models_with_scores() -> list[str]:
    """The trained models; an ensemble has no weights of its own, and no card."""
    names = sorted(path.stem for path in SCORES.glob("*.json"))
    return [name for name in names if (MODELS / name / "config.yaml").exists()]


def card(model: str) -> str:
    """The text of a model's card.

    Raises:
        BadInput: a file of its results is missing, damaged, or not of one run with the others.
    """
    scores = read_scores(SCORES / f"{model}.json")
    config = read_yaml(MODELS / model / "config.yaml")
    require_one_run(MODELS / model)
    classes = by_class(read_predictions(Path(f"metrics/predictions/{model}.csv")))
    known = {
        "model": model,
        "copies": COPIES[read_yaml(Path("params.yaml"))["split"]["keep_together"]],
        "scores": scores,
        "config": config,
        "cost": pd.read_csv(LEADERBOARD, index_col="model").loc[model],
        "classes": classes,
        "weakest": classes.sort_values("f1", kind="stable").index[:2],
    }
    return TEMPLATES.get_template("card.md").render(known)


if __name__ == "__main__":
    exit_on_bad_input(main)
