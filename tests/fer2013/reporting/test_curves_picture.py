from pathlib import Path

from fer2013.reporting.curves_picture import draw_curves


def test_the_same_histories_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [{"epoch": n, "train_accuracy": 0.1 * n, "val_accuracy": 0.09 * n} for n in (1, 2, 3)]
    histories = {f"model{number}": rows for number in range(5)}  # more than one row of panels
    for name in ("first.png", "second.png"):
        draw_curves(histories, dict.fromkeys(histories, 2), tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    draw_curves(histories, dict.fromkeys(histories, 3), tmp_path / "other.png")
    assert (tmp_path / "other.png").read_bytes() != (tmp_path / "first.png").read_bytes()
