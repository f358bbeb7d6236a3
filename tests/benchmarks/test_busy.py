"""The table of busy.py, from measurements as short as possible."""

import re

import pytest

from benchmarks import busy


@pytest.mark.long
def test_it_measures_each_way_beside_each_load(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(busy, "MODELS", ("vit",))
    monkeypatch.setattr(busy, "THREADS", (1,))
    monkeypatch.setattr(busy, "BUSY", (0, 1))
    monkeypatch.setattr(busy, "ROUNDS", 1)
    monkeypatch.setattr("sys.argv", ["busy", "--seconds", "0.01"])
    busy.main()
    header, _, *rows = capsys.readouterr().out.strip().splitlines()
    assert header.startswith("| model | threads | waiting | quiet, images/s | beside one")
    ways = "|".join(busy.SETTINGS)
    row = rf"\| `vit` \| 1 \| ({ways}) \| [\d,]+ \(100%\) \| [\d,]+ \(\d+%\) \|"
    found = [match[1] for line in rows if (match := re.fullmatch(row, line))]
    assert found == list(busy.SETTINGS)
