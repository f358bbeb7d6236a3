"""Tables of the results. Cells are written for people; the page sorts them by what they say."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fer2013.reporting.leaderboard import written
from fer2013.scoring.counts import by_class
from fer2013.scoring.scores import CALIBRATION_BINS
from tools.report.results import Results

SCORES = ("macro_precision", "macro_recall", "macro_f1", "loss", "cross_entropy")
COPIES = {
    "groups": "groups of copies",
    "surplus_rows": "rows that repeat another one",
    "groups_with_conflicting_labels": "groups with more than one label",
    "rows_with_conflicting_labels": "rows in such groups",
}


@dataclass(frozen=True)
class Table:
    caption: str
    cells: pd.DataFrame  # of text; the first column names the rows


def parts(results: Results) -> Table:
    """The scores of every part, and those of the test parts' faces without copies in Training."""
    rows = []
    for model, scores in results.scores.items():
        for name, part in scores.items():
            if not (isinstance(part, dict) and "faces" in part):
                continue
            rows.append({"model": model, "part": name} | of_part(part))
            for key, text in (("without_identical", "no identical"), ("clean", "no copies")):
                if key in part:
                    rows.append({"model": model, "part": f"{name}, {text}"} | of_part(part[key]))
    return Table("Every part. Test parts include copies of Training faces.", pd.DataFrame(rows))


def of_part(scores: dict[str, Any]) -> dict[str, str]:
    low, high = scores["accuracy_low"], scores["accuracy_high"]
    return {
        "faces": f"{scores['faces']:,}",
        "accuracy": f"{scores['accuracy']:.1%}",
        "95 %": f"{low:.1%} to {high:.1%}",
        **{name.replace("_", " "): f"{scores[name]:.3f}" for name in SCORES},
    }


def classes(results: Results) -> Table:
    caption = (
        "Precision: of the validation faces that are predicted as the class, how many are of it. "
        "Recall: of the class's faces, how many are predicted so."
    )
    rows = [
        {
            "model": model,
            "class": row.Index,
            "faces": f"{row.faces:,}",
            "precision": written(row.precision, "{:.3f}"),
            "recall": f"{row.recall:.3f}",
            "95 %": f"{row.recall_low:.3f} to {row.recall_high:.3f}",
            "F1": f"{row.f1:.3f}",
            "most often taken for": f"{row.taken_for} ({row.taken_share:.0%})",
        }
        for model, predictions in results.predictions.items()
        for row in by_class(predictions).itertuples()
    ]
    return Table(caption, pd.DataFrame(rows))


def bins(results: Results, model: str) -> pd.DataFrame:
    """The faces by how sure the model is, in the bins of the score calibration_error.

    Columns: sure, from and to of the bin; faces; their mean confidence; their accuracy.
    """
    probabilities = results.probabilities[model]  # [N, 7]
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    found = results.predictions[model]
    table = pd.DataFrame(
        {"confidence": probabilities.max(axis=1), "right": found.actual == found.predicted}
    )
    groups = table.groupby(pd.cut(table.confidence, edges), observed=True)
    return groups.agg(
        faces=("right", "size"), confidence=("confidence", "mean"), accuracy=("right", "mean")
    )


def data(found: dict[str, Any]) -> list[Table]:
    """Rows, classes and flaws of the data set, from metrics/data.json."""
    training = found["training"]
    per_class, copies = training["per_class"], found["test_rows_with_copy_in_training"]
    rows = [
        {
            "usage": name,
            "rows": f"{count:,}",
            "identical in Training": f"{copies['identical'].get(name, '')}",
            "identical or near": f"{copies['identical_or_near'].get(name, '')}",
        }
        for name, count in found["usage"].items()
    ]
    total = max(1, sum(per_class.values()))
    of_class = [
        {"class": name, "Training rows": f"{count:,}", "share": f"{count / total:.1%}"}
        for name, count in per_class.items()
    ]
    what = [
        {
            "what": text,
            "identical": f"{training['identical'][key]:,}",
            "identical or near": f"{training['identical_or_near'][key]:,}",
        }
        for key, text in COPIES.items()
    ]
    others = f"{training['blank']:,} are blank; {found['dropped_rows']:,} were dropped as damaged."
    return [
        Table(f"{found['rows']:,} rows of the CSV files.", pd.DataFrame(rows)),
        Table("Training rows of each class.", pd.DataFrame(of_class)),
        Table(f"Training rows that are copies of others. {others}", pd.DataFrame(what)),
    ]
