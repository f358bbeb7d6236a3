"""Tables of the epochs: a summary for each model, and every epoch in full."""

from tools.report.results import EPOCH, Result
from tools.report.tables import Cell, Row, Table, count, number, percent, word

SUMMARY = [
    "model",
    "epochs",
    "best validation accuracy",
    "at epoch",
    "last validation accuracy",
    "last train accuracy",
    "gap, points",
    "lowest validation loss",
    "at epoch",
]
EPOCHS = [
    "epoch",
    "learning rate",
    "train loss",
    "train accuracy",
    "train macro-F1",
    "validation loss",
    "validation accuracy",
    "validation macro-F1",
]
FORMS = ["{:.0f}", "{:.3g}", "{:.4f}", "{:.2%}", "{:.4f}", "{:.4f}", "{:.2%}", "{:.4f}"]


def summary(results: list[Result]) -> Table:
    caption = (
        "Accuracy in training is of augmented faces, with dropout on. "
        "The gap is train less validation accuracy in the last epoch."
    )
    rows = [Row(summary_cells(result), result.name) for result in results if result.epochs]
    return Table("curves-table", "Learning curves, summed up", caption, SUMMARY, rows)


def summary_cells(result: Result) -> list[Cell]:
    best = max(result.epochs, key=lambda row: row["val_accuracy"])
    lowest = min(result.epochs, key=lambda row: row["val_loss"])
    last = result.epochs[-1]
    return [
        word(result.name),
        count(len(result.epochs)),
        percent(best["val_accuracy"]),
        count(best["epoch"]),
        percent(last["val_accuracy"]),
        percent(last["train_accuracy"]),
        number(100 * (last["train_accuracy"] - last["val_accuracy"]), "{:+.1f}"),
        number(lowest["val_loss"], "{:.3f}"),
        count(lowest["epoch"]),
    ]


def in_full(result: Result) -> Table:
    """Every epoch of a model."""
    rows = [
        Row([number(row[name], form) for name, form in zip(EPOCH, FORMS, strict=True)])
        for row in result.epochs
    ]
    title = f"Every epoch of {result.name}"
    return Table(f"epochs-{result.name}", title, f"{title}.", EPOCHS, rows, sorted_by=0)


def describe(result: Result) -> str:
    """A text alternative to the chart of a model's learning curves, for screen readers."""
    first, last = result.epochs[0], result.epochs[-1]
    best = max(result.epochs, key=lambda row: row["val_accuracy"])
    return (
        f"Learning curves of {result.name}: in {len(result.epochs)} epochs validation accuracy "
        f"goes from {first['val_accuracy']:.1%} to {last['val_accuracy']:.1%}, train accuracy from "
        f"{first['train_accuracy']:.1%} to {last['train_accuracy']:.1%}; the best validation "
        f"accuracy is {best['val_accuracy']:.1%}, at epoch {best['epoch']:.0f}."
    )
