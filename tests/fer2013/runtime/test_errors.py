"""An expected error gives one sentence and the right exit code, a bug a traceback."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput, exit_on_bad_input, writing
from tests.conftest import REPOSITORY

FULL = OSError(errno.ENOSPC, "No space left on device", "a/b.csv")
WRITING_SLOWLY = """
import os, time
from pathlib import Path
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import atomic_write

def main():
    with atomic_write(Path("out.txt")) as tmp:
        tmp.write_text("half")
        os.write(1, b"ready\\n")
        time.sleep(60)

exit_on_bad_input(main)
"""


def raising(error: BaseException) -> None:
    def main() -> None:
        raise error

    exit_on_bad_input(main)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BadInput("row 3 is empty; fill it."), "error: row 3 is empty; fill it."),
        (
            FULL,
            "error: a/b.csv cannot be written: no space left on device. "
            "Free some space or permit it, and run this again.",
        ),
        (
            subprocess.CalledProcessError(3, ["git", "clone", "a b"]),
            "error: `git clone 'a b'` failed (exit code 3); it says above why.",
        ),
    ],
)
def test_an_expected_error_is_one_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(SystemExit) as ended:
        raising(error)
    assert ended.value.code == sentence


@pytest.mark.parametrize("bug", [KeyError("x"), FileNotFoundError(errno.ENOENT, "", "x")], ids=repr)
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    with pytest.raises(type(bug)):
        raising(bug)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_disk_error_names_what_was_written(number: int) -> None:
    with pytest.raises(BadInput, match=r"^x/y cannot be written: "), writing(Path("x/y")):
        raise OSError(number, os.strerror(number), "x/.y.part")


def test_ctrl_c_leaves_a_sentence_and_no_half_written_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITING_SLOWLY],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, output = process.communicate(timeout=30)
    assert process.returncode == 130
    assert output == "stopped; nothing is half written, run it again to go on.\n"
    assert list(tmp_path.iterdir()) == []
