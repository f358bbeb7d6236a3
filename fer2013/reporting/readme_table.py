"""The results table of README.md, which stands between two markers."""

from typing import Any

import pandas as pd

START = "<!-- results, written by the stage compare -->"
END = "<!-- end of results -->"
HEADER = (
    "model",
    "validation accuracy",
    "95 %",
    "published",
    "macro-F1",
    "published",
    "train accuracy",
    "epochs",
    "training PFLOP",
)


def insert_table(readme: str, table: pd.DataFrame) -> str:
    """Replace the text between the markers of a README; without markers it stays unchanged."""
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        return readme
    return f"{before}{START}\n{as_markdown(table)}{END}{after}"


def as_markdown(table: pd.DataFrame) -> str:
    """Format a leaderboard as a Markdown table."""
    lines = [HEADER, ["---"] * len(HEADER), *(_cells(row) for row in table.itertuples())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cells(row: Any) -> list[str]:
    return [
        f"`{row.model}`",
        f"{row.val_accuracy:.1%}",
        f"{row.val_accuracy_low:.1%} to {row.val_accuracy_high:.1%}",
        _value(row.published_val_accuracy, ".2%"),
        f"{row.macro_f1:.3f}",
        _value(row.published_macro_f1, ".3f"),
        f"{row.train_accuracy:.1%}",
        _value(row.epochs, ".0f"),
        f"{row.pflop:.3g}",
    ]


def _value(value: float | None, form: str) -> str:
    """The formatted value, or "" if there is none, such as an ensemble's number of epochs."""
    return "" if pd.isna(value) else format(value, form)
