"""The committed dvc.lock matches the committed code, parameters and results."""

import pytest

from tests.conftest import REPOSITORY
from tools.repository import git_output
from tools.review.review import models_of
from tools.review.revision import Revision
from tools.review.stale import find_stale, records_of


def test_nothing_that_was_recorded_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Needs no data: what git holds is compared with what dvc.lock says of it."""
    monkeypatch.chdir(REPOSITORY)
    head = Revision(git_output("rev-parse", "HEAD").strip())
    assert records_of(head)
    assert find_stale(head, head, models_of(head)) == []
    assert head.problems == []
