import pandas as pd

from tests.conftest import REPOSITORY
from tools import readme_table


def test_the_readme_says_what_the_leaderboard_says() -> None:
    """If this fails, results have changed since: run python -m tools.readme_table."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = pd.read_csv(REPOSITORY / "metrics/leaderboard.csv")
    assert readme_table.with_table(readme, table) == readme
    assert f"| `{table.model[0]}` | {table.val_accuracy[0]:.1%} |" in readme
