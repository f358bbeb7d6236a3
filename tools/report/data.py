"""Tables of metrics/data.json: the data set's rows, flaws and classes."""

import json
from pathlib import Path
from typing import Any

from fer2013.runtime.errors import BadInput, one_line
from tools.report.tables import Row, Table, count, percent, word

REPORT = Path("metrics/data.json")
DESCRIPTIONS = {
    "blank": "Training rows whose pixels are all equal",
    "groups": "groups of Training rows with identical pixels",
    "surplus_rows": "Training rows that repeat another one",
    "groups_with_conflicting_labels": "such groups with more than one label",
    "rows_with_conflicting_labels": "Training rows in such groups",
}


def read_data() -> dict[str, Any] | None:
    """The statistics that ingest has written, or None if it has not run.

    Raises:
        BadInput: the file is damaged.
    """
    if not REPORT.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
        data_tables(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{REPORT} is damaged ({one_line(error)}); run dvc repro ingest.") from None
    return found


def data_tables(found: dict[str, Any]) -> list[Table]:
    return [rows_table(found), flaws_table(found), classes_table(found)]


def rows_table(found: dict[str, Any]) -> Table:
    twins = found["test_rows_with_a_twin_in_training"]
    rows = [
        Row([word(usage), count(number), count(twins.get(usage))])
        for usage, number in found["usage"].items()
    ]
    head = ["usage", "rows", "with a twin in Training"]
    return Table("usage-table", "Rows", f"{found['rows']:,} rows of the CSV files.", head, rows)


def flaws_table(found: dict[str, Any]) -> Table:
    flaws = {"blank": found["training"]["blank"]} | found["training"]["duplicates"]
    rows = [Row([word(text), count(flaws[key])]) for key, text in DESCRIPTIONS.items()]
    rows.append(Row([word("rows that ingest dropped as damaged"), count(found["dropped_rows"])]))
    return Table("flaws-table", "Flaws", "What is wrong with them.", ["what", "how many"], rows)


def classes_table(found: dict[str, Any]) -> Table:
    per_class = found["training"]["per_class"]
    total = max(1, sum(per_class.values()))
    rows = [
        Row([word(name), count(number), percent(number / total, heat=number / total)])
        for name, number in per_class.items()
    ]
    head = ["class", "Training rows", "share"]
    return Table(
        "classes-table", "Training rows by class", "Training rows of each class.", head, rows
    )
