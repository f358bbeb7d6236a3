"""What happens to rows of a CSV file that cannot be used: `ingest.on_bad_row` in params.yaml."""

from dataclasses import dataclass, field
from typing import Literal

from fer2013.core.sections import Section
from fer2013.runtime.errors import BadInput

CUT_OFF = "the last line has no line end, so the file may have been cut off there"
MANY = 0.1  # with a larger fraction of bad rows, the whole file is wrong


class Ingest(Section):
    on_bad_row: Literal["fail", "drop"]


@dataclass
class BadRows:
    """The number of rows read, the number of bad ones, and the reasons for the first ten."""

    rows: int = 0
    count: int = 0
    first: list[str] = field(default_factory=list)
    cut_off: str | None = None  # the first message about a file that lacks its end

    def add(self, where: str, reason: str) -> None:
        self.count += 1
        message = f"{where}: {reason}"
        if len(self.first) < 10:
            self.first.append(message)
        if reason == CUT_OFF:
            self.cut_off = self.cut_off or message

    def refuse(self, on_bad_row: str) -> None:
        """Raise if there are bad rows that `on_bad_row`, "fail" or "drop", does not allow.

        Raises:
            BadInput: there are bad rows and `on_bad_row` is "fail"; or a file lacks its end, as
                many more rows may then be missing than the incomplete one.
        """
        if self.cut_off is not None:
            raise BadInput(
                f"{self.cut_off}; download it again, or add the line end if you know that the "
                "row is whole."
            )
        if not self.count or on_bad_row == "drop":
            return
        first = "The first:\n  " + "\n  ".join(self.first)
        if self.count > MANY * self.rows:
            raise BadInput(
                f"{self.count} of {self.rows} rows are bad, so this is not FER2013 as it should "
                f"be; download it again, or mend what wrote it. {first}"
            )
        raise BadInput(
            f"{self.count} bad rows; mend them, or leave them out by setting "
            f"ingest.on_bad_row: drop in params.yaml. {first}"
        )
