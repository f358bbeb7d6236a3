"""`make audit`: the arguments of pip-audit. Its findings change with time and are not tested."""

import subprocess
import sys
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools import audit


def test_every_lock_is_audited_and_explained_findings_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    done = subprocess.run(
        [sys.executable, "-m", "tools.audit"], cwd=REPOSITORY, capture_output=True, check=False
    )
    assert done.returncode == 3
    output = done.stdout.decode()
    for lock in ("build", "common", "torch-cuda"):
        assert f"--requirement requirements/{lock}.txt" in output
    assert "--ignore-vuln GHSA-w8v5-vhqr-4h9v" in output
    assert "--strict" in output  # else it calls clean what the index did not answer for


def test_each_line_may_name_one_thing_twice(tmp_path: Path) -> None:
    path = tmp_path / "audit.txt"
    path.write_text("# why\n\nGHSA-1 CVE-2: no fix.\nPYSEC-3: not used: see there.\n")
    assert list(audit.explained(path)) == ["GHSA-1", "CVE-2", "PYSEC-3"]


@pytest.mark.parametrize("line", ["GHSA-1", "GHSA-1:", "GHSA-1: ", ": it is fine"])
def test_no_vulnerability_is_ignored_without_a_reason(tmp_path: Path, line: str) -> None:
    path = tmp_path / "audit.txt"
    path.write_text(f"CVE-2: no fix.\n{line}\n")
    with pytest.raises(BadInput, match=r"line 2: write ids, a colon and the reason"):
        list(audit.explained(path))
