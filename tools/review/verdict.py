"""Each model's results before and after, its verdict, and the reasons why the review fails."""

from dataclasses import dataclass

from tools.review.differences import BETTER, NOISE, WORSE, Comparison, compare, correct_for_many
from tools.review.results import Results, read_results
from tools.review.revision import Revision

UNTRAINED, NEW, GONE, UNCHANGED = "not trained", "new", "gone", "unchanged"
NO_COMMON_ROWS = "no common faces"


@dataclass
class Model:
    name: str
    before: Results | None
    after: Results | None
    comparison: Comparison | None = None

    @property
    def verdict(self) -> str:
        if self.after is None:
            return UNTRAINED if self.before is None else GONE
        if self.before is None:
            return NEW
        if self.before.texts == self.after.texts:
            return UNCHANGED
        if self.comparison is None:
            return NO_COMMON_ROWS
        verdicts = {self.comparison.accuracy.verdict, self.comparison.macro_f1.verdict}
        return next(verdict for verdict in (WORSE, BETTER, NOISE) if verdict in verdicts)


def review_models(base: Revision, head: Revision, names: list[str]) -> list[Model]:
    models = [Model(name, read_results(base, name), read_results(head, name)) for name in names]
    for model in models:
        if model.before and model.after and model.before.texts != model.after.texts:
            model.comparison = compare(model.before.predictions, model.after.predictions)
    compared = [model.comparison for model in models if model.comparison]
    correct_for_many([comparison.accuracy for comparison in compared])
    correct_for_many([comparison.macro_f1 for comparison in compared])
    return models


def failures(model: Model) -> list[str]:
    """The reasons why a model's results fail the review."""
    before, after = model.before, model.after
    if after is None:
        return ["its results are gone"] if before else []
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
