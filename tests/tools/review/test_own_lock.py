"""The committed dvc.lock matches the committed code, parameters and results."""

import pytest

from tests.conftest import REPOSITORY
from tools.repository import git_output
from tools.review.pipeline import find_stale, records_of
from tools.review.revision import Revision


def test_nothing_that_was_recorded_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs no data: what git holds is compared with what dvc.lock says of it."""
    monkeypatch.chdir(REPOSITORY)
    head = Revision(git_output("rev-parse", "HEAD").strip())
    assert records_of(head)
    assert find_stale(head, head) == []
    assert head.problems == []
