"""A table whose rows can be sorted by each column, and filtered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Cell:
    text: str
    value: float | str | None = None  # the key for sorting; None comes last
    heat: float | None = None  # 0 to 1: how strong the cell's background colour is
    loud: bool = False  # is it shown as a warning?


@dataclass(frozen=True)
class Row:
    cells: list[Cell]  # the first one names the row
    model: str = ""  # the model that the row is about, if any


@dataclass(frozen=True)
class Table:
    id: str
    title: str  # for screen readers
    caption: str
    head: list[str]
    rows: list[Row]
    sorted_by: int | None = None  # the column by which the rows are sorted at first
    falling: bool = False  # in decreasing order
    search: bool = False  # has a field to search for text in the rows
    choices: dict[str, list[str]] = field(default_factory=dict)  # filters: a column's values

    @property
    def tall(self) -> bool:
        """Does it have so many rows that it gets a scroll bar of its own?"""
        return len(self.rows) > 16


def word(text: str, **more: Any) -> Cell:
    return Cell(text, text, **more)


def number(value: float | None, form: str, **more: Any) -> Cell:
    """A formatted number, or an empty cell if there is none."""
    if value is None or pd.isna(value):
        return Cell("")
    return Cell(form.format(value), float(value), **more)


def percent(value: float | None, digits: int = 1, **more: Any) -> Cell:
    return number(value, f"{{:.{digits}%}}", **more)


def count(value: float | None) -> Cell:
    return number(value, "{:,.0f}")


def interval(low: float, high: float) -> Cell:
    return Cell(f"{low:.1%} to {high:.1%}", low)


def listed(words: Sequence[str]) -> str:
    """ "a, b and c" """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
