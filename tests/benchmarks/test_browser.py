"""benchmarks/browser.py on a model that costs nothing."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks import browser
from fer2013.runtime.errors import BadInput
from tests.browser import needs_chromium
from tests.fer2013.predict.conftest import exported, predictor  # noqa: F401  fixtures
from tests.tools.web.conftest import FIRST, models, site  # noqa: F401  fixtures


@needs_chromium
def test_it_tells_what_a_frame_costs(
    site: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(site.parent)
    monkeypatch.setattr(sys, "argv", ["browser", FIRST, "--frames", "2"])
    browser.main()
    *_, row = capsys.readouterr().out.splitlines()
    told = re.fullmatch(rf"\| `{FIRST}` \| float32 \| [\d.]+ \| (\d+) \| (\d+) \| (\d+) \|", row)
    assert told
    opening, frame, detector = map(int, told.groups())
    assert opening > 0
    assert 0 < detector <= frame


def test_a_page_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match="run make web"):
        browser.laid_out(tmp_path / "target", [FIRST])
