"""benchmarks/scale.py, on few faces."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import scale
from benchmarks.scale import Cost
from fer2013.data.csv_sources import find_sources
from fer2013.data.faces import read_rows_table, write_faces
from fer2013.data.report import data_report

GENEROUS = 400  # bytes for each row more: so few rows cannot tell 64 apart; a face has 2,304


@pytest.mark.long
def test_memory_stays_small_and_the_table_has_each_stage_and_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["scale", "45000", "3000", "--folder", str(tmp_path)])
    monkeypatch.setattr(scale, "ALLOWED", GENEROUS)
    scale.main()  # exits if a stage takes more
    lines = capsys.readouterr().out.splitlines()
    assert "\n".join(lines[:2]) == scale.HEAD
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [row[:2] for row in cells] == [
        [stage, rows] for stage in scale.STAGES for rows in ("3,000", "45,000")
    ]
    assert all(20 < float(row[5]) < 300 for row in cells)  # MiB: Python, numpy and pandas are there
    assert not any(tmp_path.iterdir())


def test_tiles_keep_the_samples_flaws_and_do_not_repeat(tmp_path: Path) -> None:
    one, two = (report_of(tmp_path / str(rows), rows) for rows in (2400, 4800))
    assert two["usage"]["Training"] == 4200
    assert two["usage"]["Unlabelled"] == 600
    assert one["training"]["blank"] == 2
    assert two["training"]["blank"] == 4
    # All blanks are the same black face, the others' duplicates are in their own tile.
    assert (
        two["training"]["duplicates"]["groups"] == 2 * one["training"]["duplicates"]["groups"] - 1
    )


def report_of(folder: Path, rows: int) -> dict[str, Any]:
    scale.write_data_set(folder, rows)
    write_faces(folder / "faces", find_sources(folder))
    return data_report(read_rows_table(folder / "faces"), 0)


@pytest.mark.parametrize(("more", "exits"), [(64_000, False), (64_100, True)])
def test_more_than_is_allowed_ends_in_an_error(
    monkeypatch: pytest.MonkeyPatch, more: int, exits: bool
) -> None:
    monkeypatch.setattr("sys.argv", ["scale", "1000", "2000"])
    monkeypatch.setattr(
        scale,
        "measure",
        lambda rows, _: {
            stage: Cost(rows, 1.0, 1.0, 2**25 + (more if rows == 2000 and stage == "split" else 0))
            for stage in scale.STAGES
        },
    )
    if exits:
        with pytest.raises(SystemExit, match=r"split takes 64\.1 bytes for each row more"):
            scale.main()
    else:
        scale.main()
