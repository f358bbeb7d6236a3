import pandas as pd

from fer2013.reporting.readme_table import END, START, insert_table

ROW = {
    "model": "resnet",
    "val_accuracy": 0.6,
    "val_accuracy_low": 0.62,
    "val_accuracy_high": 0.66,
    "published_val_accuracy": 0.64,
    "macro_f1": 0.6278,
    "published_macro_f1": None,
    "train_accuracy": 0.8078,
    "epochs": 48,
    "pflop": 1.75,
}


def test_the_table_stands_between_the_markers_and_the_rest_stays() -> None:
    readme = f"before\n{START}\nold\n{END}\nafter\n"
    new = insert_table(readme, pd.DataFrame([ROW]))
    assert new.startswith(f"before\n{START}\n| model |")
    assert new.endswith(f"{END}\nafter\n")
    assert "old" not in new
    row = "| `resnet` | 60.0% | 62.0% to 66.0% | 64.00% | 0.628 |  | 80.8% | 48 | 1.75 |"
    assert row in new.splitlines()
    assert insert_table(new, pd.DataFrame([ROW])) == new


def test_a_text_without_markers_stays_as_it_is() -> None:
    for text in ("nothing", f"only {START}", f"only {END}"):
        assert insert_table(text, pd.DataFrame([ROW])) == text
