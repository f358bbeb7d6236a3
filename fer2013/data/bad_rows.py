"""What happens to rows of a CSV file that cannot be used: `ingest.on_bad_row` in params.yaml."""

from dataclasses import dataclass, field
from typing import Literal

from fer2013.base.sections import Section
from fer2013.runtime.errors import BadInput

CUT_OFF = "the last line has no line end, so the file may have been cut off there"
MANY = 0.1  # with a larger fraction of bad rows, the whole file is wrong


class Ingest(Section):
    on_bad_row: Literal["fail", "drop"]


@dataclass
class BadRows:
    """How many rows were read, how many refused, and why the first ten of those were."""

    rows: int = 0
    count: int = 0
    first: list[str] = field(default_factory=list)
    cut_off: str | None = None  # where a file lacks its end

    def add(self, where: str, reason: str) -> None:
        self.count += 1
        told = f"{where}: {reason}"
        if len(self.first) < 10:
            self.first.append(told)
        if reason == CUT_OFF:
            self.cut_off = self.cut_off or told

    def refuse(self, on_bad_row: str) -> None:
        """Do as ingest.on_bad_row says, "fail" or "drop".

        Raises:
            BadInput: there are bad rows and they are not to be dropped, or a file lacks its end,
                which may be many rows more than the one that can be seen.
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
