"""The models' results at two commits, their verdicts, and why they fail the review."""

import io
from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch

from fer2013.core.constants import CLASSES
from fer2013.core.sections import MODEL_NAME
from fer2013.scoring.scores import collapse
from tools.review.differences import (
    BETTER,
    NOISE,
    WORSE,
    Comparison,
    compare,
    correct_for_many,
)
from tools.review.revision import Revision

SCORES = "metrics/scores"
NEW, GONE, UNCHANGED = "new", "gone", "unchanged"
NO_COMMON_ROWS = "no common faces"


@dataclass
class Results:
    """A model's results at a commit."""

    scores: dict[str, Any]  # as stages/evaluate.py writes them, or of another layout
    predictions: pd.DataFrame  # row, actual, predicted: of the validation faces
    texts: list[str]  # of the files: equal if the results are equal
    collapsed: bool
    lost_classes: list[str]


@dataclass
class Model:
    name: str
    before: Results | None
    after: Results | None
    comparison: Comparison | None = None

    @property
    def verdict(self) -> str:
        if self.after is None:
            return GONE
        if self.before is None:
            return NEW
        if self.before.texts == self.after.texts:
            return UNCHANGED
        if self.comparison is None:
            return NO_COMMON_ROWS
        verdicts = {self.comparison.accuracy.verdict, self.comparison.macro_f1.verdict}
        return next(verdict for verdict in (WORSE, BETTER, NOISE) if verdict in verdicts)


def review_models(base: Revision, head: Revision) -> list[Model]:
    """All models that have results at one of the commits, compared if they have at both."""
    names = filter(MODEL_NAME.fullmatch, [*head.names(SCORES), *base.names(SCORES)])
    found = [
        Model(name, read_results(base, name), read_results(head, name))
        for name in dict.fromkeys(names)
    ]
    models = [model for model in found if model.before or model.after]
    for model in models:
        if model.before and model.after and model.before.texts != model.after.texts:
            model.comparison = compare(model.before.predictions, model.after.predictions)
    compared = [model.comparison for model in models if model.comparison]
    correct_for_many([comparison.accuracy for comparison in compared])
    correct_for_many([comparison.macro_f1 for comparison in compared])
    return models


def read_results(revision: Revision, model: str) -> Results | None:
    """A model's results, or None if it has no scores or no predictions that can be read."""
    scores, predictions = f"{SCORES}/{model}.json", f"metrics/predictions/{model}.csv"
    texts = [text for text in map(revision.read, (scores, predictions)) if text is not None]
    if len(texts) < 2:
        return None
    try:
        table = pd.read_csv(io.StringIO(texts[1]), dtype={"row": "int64"})
        table = table[["row", "actual", "predicted"]]
        if not table.row.is_unique:
            raise ValueError("a row occurs twice")
        if not table[["actual", "predicted"]].isin(CLASSES).to_numpy().all():
            raise ValueError("it names an unknown class")
    except Exception as error:  # pandas has many
        revision.damaged(predictions, str(error))
        return None
    # From the predictions, as not every layout of the scores says what collapse() finds.
    codes = [pd.Index(CLASSES).get_indexer(table[name]) for name in ("predicted", "actual")]
    found = collapse(*map(torch.from_numpy, codes))
    return Results(revision.mapping(scores), table, texts, **found)


def failures(model: Model) -> list[str]:
    """The reasons why a model's results fail the review."""
    before, after = model.before, model.after
    if after is None:
        return ["its results are gone"]
    found = []
    if model.comparison:
        metrics = {"accuracy": model.comparison.accuracy, "macro-F1": model.comparison.macro_f1}
        found = [
            f"{name} fell beyond noise, {difference.before:.3f} → {difference.after:.3f}"
            for name, difference in metrics.items()
            if difference.verdict == WORSE
        ]
    if after.collapsed and not (before and before.collapsed):
        found.append("collapsed: one class has nearly all predictions")
    lost = [name for name in after.lost_classes if before and name not in before.lost_classes]
    if lost:
        found.append(f"never predicts {', '.join(lost)} any more")
    return found
