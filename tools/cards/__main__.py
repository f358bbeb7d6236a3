"""Write models/<model>/README.md, the card of each model that has scores.

    python -m tools.cards

The form is Hugging Face's: metadata in YAML, then text. All numbers come from metrics/ and from
models/<model>/config.yaml, so run this after results have changed; a test compares.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.core.sections import read_yaml
from fer2013.reporting.classes import by_class
from fer2013.reporting.result_files import read_scores
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import refuse_others, write_text
from fer2013.runtime.recorded import require_one_run
from fer2013.scoring.predictions import read_predictions

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
        "front_matter": front_matter(model, scores["val"]),
        "copies": COPIES[read_yaml(Path("params.yaml"))["split"]["keep_together"]],
        "scores": scores,
        "config": config,
        "cost": cost_of(model),
        "classes": classes,
        "weakest": classes.sort_values("f1", kind="stable").index[:2],
    }
    return TEMPLATES.get_template("card.md").render(known)


def front_matter(model: str, val: dict[str, Any]) -> str:
    """What Hugging Face's hub reads: the model-index of https://huggingface.co/docs/hub/model-cards"""
    task = {"type": "image-classification", "name": "facial expression recognition"}
    metrics = [
        {"type": kind, "name": name, "value": val[key]}
        for kind, name, key in (
            ("accuracy", "accuracy", "accuracy"),
            ("f1", "macro F1", "macro_f1"),
            ("expected_calibration_error", "calibration error, 15 bins", "calibration_error"),
        )
    ]
    name = "FER2013, a tenth of its Training rows"
    data_set = {"type": "fer2013", "name": name, "split": "validation"}
    result = {"task": task, "dataset": data_set, "metrics": metrics}
    content = {
        "license": "mit",
        "library_name": "pytorch",
        "pipeline_tag": task["type"],
        "tags": ["facial-expression-recognition", "fer2013", "onnx", "dvc"],
        "metrics": ["accuracy", "f1"],
        "model-index": [{"name": model, "results": [result]}],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def cost_of(model: str) -> dict[str, Any]:
    """A model's row of the leaderboard: parameters, multiply-adds, training PFLOP …"""
    if not LEADERBOARD.exists():
        raise BadInput(f"{LEADERBOARD} is missing; run dvc repro --single-item compare.")
    rows = {row["model"]: row for row in pd.read_csv(LEADERBOARD).to_dict("records")}
    if model not in rows:
        raise BadInput(f"{LEADERBOARD} has no {model}; run dvc repro --single-item compare.")
    return dict(rows[model])


if __name__ == "__main__":
    exit_on_bad_input(main)
