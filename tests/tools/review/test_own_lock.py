"""The committed dvc.lock matches the committed code, parameters and results."""

import pytest

from tests.conftest import REPOSITORY
from tools.review.pipeline import read_pipeline
from tools.review.revision import Revision, git
from tools.review.stale import find_stale


def test_nothing_that_was_recorded_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs no data: what git holds is compared with what dvc.lock says of it."""
    monkeypatch.chdir(REPOSITORY)
    head = Revision(git("rev-parse", "HEAD").strip())
    pipeline = read_pipeline(head)
    assert pipeline.records
    state = find_stale(head, pipeline, pipeline.records, pipeline.records)
    assert state.stale == {}
