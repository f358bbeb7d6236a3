"""A table whose rows can be sorted by each column, and filtered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Cell:
    text: str
    value: float | str | None = None  # by which it is sorted; None comes last
    heat: float | None = None  # 0 to 1, a shade behind the text
    loud: bool = False


@dataclass(frozen=True)
class Row:
    cells: list[Cell]  # the first one names the row
    model: str = ""  # whose row it is


@dataclass(frozen=True)
class Table:
    id: str
    title: str  # a few words, by which screen readers list it
    caption: str
    head: list[str]
    rows: list[Row]
    sorted_by: int | None = None  # the column by which the rows come sorted
    falling: bool = False
    search: bool = False  # has a field for words that rows must hold
    choices: dict[str, list[str]] = field(default_factory=dict)  # a column's values to choose from

    @property
    def tall(self) -> bool:
        """Has it so many rows that it scrolls within the page?"""
        return len(self.rows) > 16


def word(text: str, **more: Any) -> Cell:
    return Cell(text, text, **more)


def number(value: float | None, form: str, **more: Any) -> Cell:
    """A number as people read it, or nothing where there is none."""
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
