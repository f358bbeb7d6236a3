"""What happens to rows of a CSV file that cannot be used: `ingest.on_bad_row` in params.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from fer2013.core.sections import Section
from fer2013.data.csv_rows import Row, read_rows
from fer2013.data.csv_sources import Source
from fer2013.runtime.errors import BadInput


class Ingest(Section):
    on_bad_row: Literal["fail", "drop"]


@dataclass
class BadRows:
    """The number of rows read, the number of bad ones, and the reasons for the first ten."""

    rows: int = 0
    count: int = 0
    first: list[str] = field(default_factory=list)

    def good_rows(self, source: Source) -> Iterator[Row]:
        """Yield the good rows of a file, and keep account of the bad ones."""
        for row in read_rows(source.path, source.columns):
            self.rows += 1
            if isinstance(row, Row):
                yield row
            else:  # line 1 is the header
                self.add(f"{source.path}, line {row.number + 2}", row.reason)

    def add(self, where: str, reason: str) -> None:
        self.count += 1
        if len(self.first) < 10:
            self.first.append(f"{where}: {reason}")

    def refuse(self, on_bad_row: str) -> None:
        """Raise if there are bad rows that `on_bad_row`, "fail" or "drop", does not allow.

        Raises:
            BadInput: there are bad rows and `on_bad_row` is "fail".
        """
        if self.count and on_bad_row == "fail":
            first = "\n  ".join(self.first)
            raise BadInput(
                f"{self.count} of {self.rows} rows are bad; download the file again, mend them, or "
                "leave them out by setting ingest.on_bad_row: drop in params.yaml. The first:"
                f"\n  {first}"
            )
