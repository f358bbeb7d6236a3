"""Failures of `make demo`. tests/pipeline/test_demo.py runs it completely."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY


def test_outside_git_it_leaves_no_demo_and_no_traceback(in_copy: Path) -> None:
    """As in an unpacked ZIP file. Half a demo would pass for a whole one the next time."""
    result = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=in_copy,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "GIT_CEILING_DIRECTORIES": str(in_copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"error: {in_copy} is no git repository")
    assert "Traceback" not in result.stderr
    assert [path.name for path in in_copy.iterdir()] == ["params.yaml"]
