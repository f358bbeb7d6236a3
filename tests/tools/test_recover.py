import os
import subprocess
import sys
from pathlib import Path

import pytest
from dvc.dvcfile import Lockfile
from dvc.lock import make_lock
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput
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
    params:
      params.yaml:
        split:
          val_fraction: 0.1
    outs:
    - path: data/split.csv
      hash: md5
      md5: 3c3c2e2a01ff9d5e5e0f2c31f5f2a4c5
      size: 2371
  tensors:
    cmd: exec python -m stages.tensors
    outs:
    - path: data/tensors
      hash: md5
      md5: b5e7f1a3f3a9b0e35dd0a6f1cc1d5a44.dir
      size: 420246
      nfiles: 5
"""
INFO = '{"pid": %d, "cmd": "dvc repro"}'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose git and work tree have the lock above."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / ".dvc/config").touch()
    (tmp_path / "dvc.yaml").write_text("stages:\n  split: {cmd: x}\n  tensors: {cmd: x}\n")
    (tmp_path / "dvc.lock").write_text(LOCK)
    commit()
    return tmp_path


def commit() -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Start"]):
        subprocess.run(["git", *identity, *words], check=True)


def output(capsys: pytest.CaptureFixture[str]) -> str:
    recover.main()
    return capsys.readouterr().out


def test_a_lock_cut_off_anywhere_is_restored(folder: Path) -> None:
    for cut in range(len(LOCK)):
        (folder / "dvc.lock").write_text(LOCK[:cut])
        recover.repair_lock()
        assert (folder / "dvc.lock").read_text() == LOCK, LOCK[:cut]


def test_exactly_the_files_that_dvc_cannot_read_are_damaged(folder: Path) -> None:
    lock = Lockfile(Repo(), "dvc.lock")
    for cut in range(len(LOCK)):
        content = LOCK[:cut]
        (folder / "dvc.lock").write_text(content)
        try:
            lock.load()
            readable = True
        except Exception:
            readable = False
        assert (recover.outputs_in(content) is not None) == readable, content


def test_an_undamaged_lock_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "dvc.lock").write_text(LOCK.replace("size: 2371", "size: 2372"))
    assert output(capsys) == "Nothing to repair.\n"
    assert "2372" in (folder / "dvc.lock").read_text()


def test_a_stage_that_was_taken_out_is_not_missed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dvc.yaml").write_text("stages:\n  split: {cmd: x}\n")
    (folder / "dvc.lock").write_text(LOCK[: LOCK.index("  tensors:")])
    assert output(capsys) == "Nothing to repair.\n"


@pytest.mark.parametrize(
    "content",
    ["", '{"write": {"', "[]", '{"write": {"/data": %s}}' % (INFO % os.getpid())],
    ids=["empty", "cut off", "no mapping", "a killed dvc's, whose number another process has now"],
)
def test_a_useless_rwlock_goes(
    folder: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    rwlock = folder / ".dvc/tmp/rwlock"
    rwlock.write_text(content)
    assert "has been removed" in output(capsys)
    assert not rwlock.exists()
    assert output(capsys) == "Nothing to repair.\n"


def test_a_living_dvcs_rwlock_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rwlock = folder / ".dvc/tmp/rwlock"
    stand_in = [sys.executable, "-c", "input()", "dvc", "repro"]
    with subprocess.Popen(stand_in, stdin=subprocess.PIPE) as dvc:
        rwlock.write_text('{"read": {"/data": [%s]}}' % (INFO % dvc.pid))
        assert output(capsys) == "Nothing to repair.\n"
        dvc.kill()
    assert rwlock.exists()


def test_while_dvc_writes_nothing_is_touched(folder: Path) -> None:
    (folder / "dvc.lock").write_text("half")
    with make_lock(".dvc/tmp/lock"), pytest.raises(BadInput, match="dvc is running"):
        recover.main()
    assert (folder / "dvc.lock").read_text() == "half"


def test_halves_of_files_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = "dGhpcyBpcyBhIHRva2Vu-_"
    halves = [
        folder / f".dvc/cache/runs/ab/abc/.{token}.tmp",
        folder / f".dvc/cache/files/md5/ab/.{token}.tmp",
        folder / f"metrics/scores/.{token}.tmp",
    ]
    whole = [folder / ".dvc/cache/runs/ab/abc/abcd", folder / "data/raw/mine.tmp"]
    for path in halves + whole:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    empty = folder / ".dvc/cache/runs/cd/cde"
    empty.mkdir(parents=True)
    assert output(capsys).count("has been removed") == 4
    assert not empty.exists()
    assert [path.exists() for path in halves + whole] == [False, False, False, True, True]
