"""Write models/<model>/README.md, the card of each model that has scores.

    python -m tools.cards

The form is Hugging Face's: metadata in YAML, then text. All numbers come from metrics/ and from
models/<model>/config.yaml, so run this after results have changed; a test compares.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.core.constants import CLASSES
from fer2013.core.sections import read_yaml
from fer2013.reporting.result_files import read_scores
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write
from fer2013.scoring.interval import wilson_interval
from fer2013.scoring.predictions import read_predictions

MODELS, SCORES = Path("models"), Path("metrics/scores")
DATA_SET = "FER2013, validation part of a split grouped by identical faces"
LEADERBOARD = Path("metrics/leaderboard.csv")
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # it is Markdown
)


@dataclass(frozen=True)
class ClassResult:
    """How a model does on the validation faces of one class."""

    name: str
    faces: int
    recall: float
    recall_low: float  # of the 95 % interval
    recall_high: float
    precision: float  # nan if the class is never predicted
    f1: float
    taken_for: str  # the class that its faces are most often mistaken for
    taken_for_share: float


def main() -> None:
    models = models_with_scores()
    for model in models:
        with atomic_write(MODELS / model / "README.md") as path:
            path.write_text(card(model), encoding="utf-8")
    print(f"{len(models)} cards are written: {MODELS}/<model>/README.md")


def models_with_scores() -> list[str]:
    """The trained models; an ensemble has no weights of its own, and no card."""
    names = sorted(path.stem for path in SCORES.glob("*.json"))
    return [name for name in names if (MODELS / name / "config.yaml").exists()]


def card(model: str) -> str:
    """The text of a model's card.

    Raises:
        BadInput: a file of its results is missing or damaged.
    """
    scores = read_scores(SCORES / f"{model}.json")
    config = read_yaml(MODELS / model / "config.yaml")
    classes = results_by_class(read_predictions(Path(f"metrics/predictions/{model}.csv")))
    known = {
        "model": model,
        "front_matter": front_matter(model, scores["val"]),
        "scores": scores,
        "config": config,
        "cost": cost_of(model),
        "classes": classes,
        "weakest": sorted(classes, key=lambda result: result.f1)[:2],
    }
    return TEMPLATES.get_template("card.md").render(known)


def front_matter(model: str, val: dict[str, Any]) -> str:
    """What Hugging Face's hub reads: the model-index of https://huggingface.co/docs/hub/model-cards"""
    metrics = [
        {"type": "accuracy", "name": "accuracy", "value": val["accuracy"]},
        {"type": "f1", "name": "macro F1", "value": val["macro_f1"]},
        {
            "type": "expected_calibration_error",
            "name": "calibration error, 15 bins",
            "value": val["calibration_error"],
        },
    ]
    content = {
        "license": "mit",
        "library_name": "pytorch",
        "pipeline_tag": "image-classification",
        "tags": ["facial-expression-recognition", "fer2013", "onnx", "dvc"],
        "metrics": ["accuracy", "f1"],
        "model-index": [
            {
                "name": model,
                "results": [
                    {
                        "task": {
                            "type": "image-classification",
                            "name": "facial expression recognition",
                        },
                        "dataset": {
                            "type": "fer2013",
                            "name": DATA_SET,
                            "split": "validation",
                        },
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def results_by_class(predictions: pd.DataFrame) -> list[ClassResult]:
    """From each validation face's actual and predicted class. → in the order of CLASSES"""
    table = pd.crosstab(predictions.actual, predictions.predicted)
    counts = table.reindex(index=CLASSES, columns=CLASSES, fill_value=0).to_numpy()  # [7, 7]
    return [result_of_class(counts, code) for code in range(len(CLASSES)) if counts[code].any()]


def result_of_class(counts: np.ndarray, code: int) -> ClassResult:
    """Of a confusion matrix, int64 [7, 7], whose rows are actual classes."""
    right, faces = int(counts[code, code]), int(counts[code].sum())
    predicted = int(counts[:, code].sum())
    low, high = wilson_interval(right, faces)
    others = counts[code].copy()
    others[code] = 0
    most = int(others.argmax())
    return ClassResult(
        name=CLASSES[code],
        faces=faces,
        recall=right / faces,
        recall_low=low,
        recall_high=high,
        precision=right / predicted if predicted else float("nan"),
        f1=2 * right / (faces + predicted),
        taken_for=CLASSES[most],
        taken_for_share=float(others[most] / faces),
    )


def cost_of(model: str) -> dict[str, Any]:
    """A model's row of the leaderboard: parameters, multiply-adds, training PFLOP …"""
    if not LEADERBOARD.exists():
        raise BadInput(f"{LEADERBOARD} is missing; run dvc repro --single-item compare.")
    table = pd.read_csv(LEADERBOARD)
    rows = table[table.model == model].to_dict("records")
    if len(rows) != 1:
        raise BadInput(f"{LEADERBOARD} has no {model}; run dvc repro --single-item compare.")
    row: dict[str, Any] = rows[0]
    return row


if __name__ == "__main__":
    exit_on_bad_input(main)
