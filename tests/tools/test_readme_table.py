import re

import pandas as pd

from tests.conftest import REPOSITORY
from tools import readme_table


def test_the_readme_says_what_the_leaderboard_says() -> None:
    """If this fails, results have changed since: run python -m tools.readme_table."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    table = pd.read_csv(REPOSITORY / "metrics/leaderboard.csv")
    assert readme_table.with_table(readme, table) == readme
    assert f"| `{table.model[0]}` | {table.val_accuracy[0]:.1%} |" in readme


def test_params_yaml_says_what_the_leaderboard_says() -> None:
    """In the line that opens each model's block. If this fails, correct that line."""
    params = (REPOSITORY / "params.yaml").read_text(encoding="utf-8")
    table = pd.read_csv(REPOSITORY / "metrics/leaderboard.csv").dropna(subset="epoch")
    for row in table.itertuples():
        score = f"{row.val_accuracy:.1%}".replace("%", " %")
        end = f": {score} for {row.pflop:.3g} PFLOP. dvc repro evaluate_{row.model}\n"
        assert re.search(rf"\n  {row.model}:\n    # .*{re.escape(end)}", params), row.model
