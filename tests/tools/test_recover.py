from pathlib import Path

import pytest

from tests.tools.conftest import commit_all
from tools import recover

LOCK = """schema: '2.0'
stages:
  split:
    cmd: exec python -m stages.split
    deps:
    - path: stages/split.py
      hash: md5
      md5: 4e8ad31a59a1dc6b45bc2c26f9c53a8e
      size: 712
    outs:
    - path: data/split.csv
      hash: md5
      md5: 3c3c2e2a01ff9d5e5e0f2c31f5f2a4c5
      size: 2371
  tensors:
    cmd: exec python -m stages.tensors
    outs:
    - path: data/tensors
"""


@pytest.fixture(autouse=True)
def folder(in_copy: Path) -> Path:
    """A repository whose git and work tree have the lock above."""
    (in_copy / ".dvc/tmp").mkdir(parents=True)
    (in_copy / ".dvc/config").touch()
    (in_copy / "dvc.yaml").write_text("stages:\n  split: {cmd: x}\n  tensors: {cmd: x}\n")
    (in_copy / "dvc.lock").write_text(LOCK)
    commit_all()
    return in_copy


def test_a_lock_cut_off_anywhere_is_restored(folder: Path) -> None:
    """Only an output without its hash is left to dvc repro, which brings it back."""
    for cut in range(len(LOCK)):
        assert recover.is_cut_off(LOCK[:cut], LOCK) or LOCK[cut:].startswith("      "), LOCK[:cut]
    (folder / "dvc.lock").write_text(LOCK[:100])
    recover.main()
    assert (folder / "dvc.lock").read_text() == LOCK


@pytest.mark.parametrize(
    ("lock", "pipeline"),
    [
        (LOCK.replace("size: 2371", "size: 2372"), "stages: {split: {}, tensors: {}}"),
        (LOCK[: LOCK.index("  tensors:")], "stages: {split: {}}"),
    ],
    ids=["another result", "a stage taken out"],
)
def test_an_undamaged_lock_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str], lock: str, pipeline: str
) -> None:
    (folder / "dvc.yaml").write_text(pipeline)
    (folder / "dvc.lock").write_text(lock)
    (folder / ".dvc/tmp/rwlock").write_text("{}")
    recover.main()
    assert capsys.readouterr().out == "Nothing to repair.\n"
    assert (folder / "dvc.lock").read_text() == lock


def test_what_is_half_written_in_dvcs_folders_goes(folder: Path) -> None:
    runs, rwlock = folder / ".dvc/cache/runs/ab", folder / ".dvc/tmp/rwlock"
    half, whole, empty = runs / "a/.x.tmp", runs / "b/c", runs / "d"
    for path in (half, whole):
        path.parent.mkdir(parents=True)
        path.touch()
    empty.mkdir()
    rwlock.write_text('{"write": {"')
    recover.main()
    assert [path.name for path in runs.iterdir()] == ["b"]
    assert whole.exists()
    assert not rwlock.exists()
