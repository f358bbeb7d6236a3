"""The leaderboard, and the scores of every part of the data and of every class."""

from typing import Any

from sklearn.metrics import precision_recall_fscore_support

from fer2013.core.constants import CLASSES
from tools.report.results import Result
from tools.report.tables import Cell, Row, Table, count, interval, number, percent, word

LEADERBOARD = [
    "model",
    "validation accuracy",
    "95 %",
    "warning",
    "macro-F1",
    "train accuracy",
    "loss",
    "calibration error",
    "epoch kept",
    "epochs run",
    "parameters",
    "multiply-adds, M",
    "training PFLOP",
    "published accuracy",
    "computed on",
]
PARTS = [
    "model",
    "part",
    "faces",
    "accuracy",
    "95 %",
    "macro precision",
    "macro recall",
    "macro-F1",
    "loss",
    "cross entropy",
    "calibration error",
]
BY_CLASS = ["model", "class", "faces", "precision", "recall", "F1", "most often taken for"]


def leaderboard(results: list[Result]) -> Table:
    return Table(
        "leaderboard-table",
        "Leaderboard of all models",
        "One row per model. The interval covers the choice of the faces, not that of the seed.",
        LEADERBOARD,
        [Row(leaderboard_cells(result.name, result.row), result.name) for result in results],
        sorted_by=1,
        falling=True,
        search=True,
    )


def leaderboard_cells(name: str, row: dict[str, Any]) -> list[Cell]:
    return [
        word(name),
        percent(row["val_accuracy"], heat=row["val_accuracy"]),
        interval(row["val_accuracy_low"], row["val_accuracy_high"]),
        word(row["warning"], loud=True),
        heated(row["macro_f1"]),
        percent(row["train_accuracy"]),
        number(row["loss"], "{:.3f}"),
        number(row["calibration_error"], "{:.3f}"),
        count(row["epoch"]),
        count(row["epochs"]),
        count(row["parameters"]),
        number(row["multiply_adds"] / 1e6, "{:,.1f}"),
        number(row["pflop"], "{:.3g}"),
        percent(row["published_val_accuracy"]),
        word(row["computed_on"]),
    ]


def parts(results: list[Result]) -> Table:
    """The scores of every part, except those of single classes."""
    rows = [
        Row(part_cells(result.name, part, scores), result.name)
        for result in results
        for part, scores in result.parts.items()
    ]
    names = list(dict.fromkeys(part for result in results for part in result.parts))
    caption = (
        "One row per model and part. Scores of test parts include faces with a twin in Training."
    )
    title = "Scores of every part"
    return Table("parts-table", title, caption, PARTS, rows, search=True, choices={"part": names})


def part_cells(name: str, part: str, scores: dict[str, Any]) -> list[Cell]:
    decimals = ("macro_precision", "macro_recall", "macro_f1", "loss", "cross_entropy")
    return [
        word(name),
        word(part),
        count(scores["faces"]),
        percent(scores["accuracy"]),
        interval(scores["accuracy_low"], scores["accuracy_high"]),
        *(number(scores[key], "{:.3f}") for key in (*decimals, "calibration_error")),
    ]


def f1_by_class(results: list[Result]) -> Table:
    rows = [
        Row(
            [word(result.name), *(heated(result.scores["val"]["f1"][name]) for name in CLASSES)],
            result.name,
        )
        for result in results
    ]
    return Table(
        "f1-table",
        "F1 of each class",
        "F1 of each class, validation faces.",
        ["model", *CLASSES],
        rows,
    )


def heated(value: float) -> Cell:
    return number(value, "{:.3f}", heat=value)


def by_class(results: list[Result]) -> Table:
    rows = [Row(cells, result.name) for result in results for cells in class_cells(result)]
    caption = (
        "One row per model and class, validation faces. Precision: of the faces that are predicted "
        "as the class, how many are of it. Recall: of the class's faces, how many are predicted so."
    )
    choices = {"class": list(CLASSES)}
    title = "Precision, recall and F1"
    return Table("class-table", title, caption, BY_CLASS, rows, search=True, choices=choices)


def class_cells(result: Result) -> list[list[Cell]]:
    table = result.predictions
    precision, recall, f1, support = precision_recall_fscore_support(
        table.actual, table.predicted, labels=CLASSES, zero_division=0
    )
    return [
        [
            word(result.name),
            word(name),
            count(support[code]),
            *(heated(float(values[code])) for values in (precision, recall, f1)),
            most_often_taken_for(result, name),
        ]
        for code, name in enumerate(CLASSES)
    ]


def most_often_taken_for(result: Result, name: str) -> Cell:
    of_class = result.predictions[result.predictions.actual == name]
    others = of_class.predicted[of_class.predicted != name].value_counts(sort=False)
    if others.empty:
        return Cell("")
    other = max(CLASSES, key=lambda other: others.get(other, 0))
    fraction = others[other] / len(of_class)
    return Cell(f"{other} ({fraction:.0%})", fraction)
