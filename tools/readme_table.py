"""Write metrics/leaderboard.csv into the README, as the table between two comments.

python -m tools.readme_table
"""

import re
from pathlib import Path

import pandas as pd

from fer2013.reporting.leaderboard import as_markdown, for_people
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import write_text
from stages.compare import LEADERBOARD

README = Path("README.md")
START = "<!-- results, written by python -m tools.readme_table -->\n"
END = "<!-- end of results -->"
COLUMNS = [
    *("model", "validation accuracy", "95 %", "published", "macro-F1", "macro-F1, published"),
    *("train accuracy", "epochs run", "training PFLOP"),
]


def main() -> None:
    text = README.read_text(encoding="utf-8")
    write_text(README, with_table(text, pd.read_csv(LEADERBOARD)))


def with_table(readme: str, table: pd.DataFrame) -> str:
    cells = for_people(table)[COLUMNS]
    lines = as_markdown(cells.assign(model="`" + cells.model + "`"))
    return re.sub(f"(?<={START}).*(?={END})", lambda _: lines, readme, flags=re.DOTALL)


if __name__ == "__main__":
    exit_on_bad_input(main)
