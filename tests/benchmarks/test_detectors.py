"""The comparison of detectors runs, here on a few of its pictures."""

from collections.abc import Iterator
from itertools import islice

import pytest

from benchmarks import detectors
from benchmarks.detectors import Case, cases, count
from fer2013.predict.pictures import Box


def few() -> Iterator[Case]:
    yield from islice(cases(), 1)
    yield from islice(detectors.without_faces(), 2, 3)  # noise


def test_each_kind_of_picture_has_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(detectors, "cases", few)
    monkeypatch.setattr(detectors, "ROUNDS", 1)
    detectors.main()
    lines = capsys.readouterr().out.splitlines()
    rows = {cells[1].strip(): cells[2:5] for cells in (line.split("|") for line in lines)}
    assert [cell.strip() for cell in rows["as it is"]][:2] == ["1 of 1, + 0"] * 2
    assert all(cell.strip().startswith("0 of 0") for cell in rows["no face: noise"])
    assert all(cell.strip().endswith(" ms") for cell in rows["median of a picture"])


def test_a_box_beside_the_face_is_a_false_alarm() -> None:
    face = Box(10, 10, 20, 20)
    assert count([Box(11, 10, 20, 20), Box(60, 60, 20, 20)], [face]) == (1, 1)
    assert count([], [face]) == (0, 0)
