"""Pictures are outputs of the pipeline: the same results give the same bytes."""

from io import BytesIO

import pandas as pd

from fer2013.reporting.pictures import draw_curves, draw_leaderboard
from fer2013.scoring.confusion import draw_confusion
from tests.fer2013.reporting.test_leaderboard import ranked, scores
from tests.fer2013.scoring.test_counts import TABLE


def drawn(what: str, table: pd.DataFrame) -> bytes:
    file = BytesIO()
    rows = [{"epoch": n, "train_accuracy": 0.1 * n, "val_accuracy": 0.09 * n} for n in (1, 2, 3)]
    models = [f"model{number}" for number in range(5)]  # more than one row of panels
    if what == "confusion":
        draw_confusion(TABLE, "vit", file)
    elif what == "curves":
        draw_curves(dict.fromkeys(models, rows), dict.fromkeys(models, 2), file)
    else:
        draw_leaderboard(table, file)
    return file.getvalue()


def test_the_same_results_give_the_same_bytes() -> None:
    table = ranked({"vit": scores(0.5), "resnet": scores(0.6, collapsed=True)})
    for what in ("confusion", "curves", "leaderboard"):
        first = drawn(what, table)
        assert first.startswith(b"\x89PNG")
        assert b"Matplotlib" not in first  # its version
        assert drawn(what, table) == first
