"""A few cases of tests/stress/full_disk.py, for the stages that write the most."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.pipeline.workspace import Workspace
from tests.stress import full_disk

STAGES = ("ingest", "tensors", "train vit", "evaluate vit")
EVERYWHERE = ("file too large",)
WITH_MOUNTS = ("full disk", "no inode left", "read-only disk")


@pytest.mark.long
def test_a_stage_with_a_disk_error_prints_a_sentence_and_leaves_no_half_written_file(
    built: Workspace,
) -> None:
    command = [sys.executable, "-m", full_disk.__name__, "1", str(built.folder), *STAGES]
    result = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=built.environment | {"FER2013_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert {*STAGES, *EVERYWHERE, "all"} <= set(rows)
    if result.stdout.startswith("no right to mount"):
        pytest.skip(result.stdout.splitlines()[0])
    assert set(WITH_MOUNTS) <= set(rows)
