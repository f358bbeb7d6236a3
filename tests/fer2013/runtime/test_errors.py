"""An expected error gives one sentence and the right exit code, a bug a traceback."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fer2013.runtime.errors import (
    DISK_ERRORS,
    BadInput,
    describe_disk_error,
    exit_on_bad_input,
    writing,
)
from tests.conftest import REPOSITORY

HEAD = """
import multiprocessing, os, signal, subprocess, sys, time
from pathlib import Path
from fer2013.runtime.errors import BadInput, end_at_once_until_main, exit_on_bad_input
from fer2013.runtime.files import atomic_write

def ready_then_sleep():
    os.write(1, b"ready\\n")
    time.sleep(60)

def write_slowly():
    with atomic_write(Path("out.txt")) as part:
        part.write_text("half")
        ready_then_sleep()

"""
READY = b"ready\n"


def start(program: str, folder: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Run a program that ends in `exit_on_bad_input(…)`, in a process group of its own."""
    (folder / "program.py").write_text(HEAD + program)
    return subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, output = process.communicate(timeout=30)
    return process.returncode, output.decode()


def stopped(process: subprocess.Popen[bytes], *numbers: int, ready: int = 1) -> tuple[int, str]:
    """Send signals to a program's whole group, as a terminal does, once it is ready."""
    assert process.stdout is not None
    for _ in range(ready):
        assert process.stdout.readline() == READY
    for number in numbers:
        os.killpg(process.pid, number)
    return ended(process)


def exit_argument(error: Exception) -> object:
    """The exit code of a command that raises this; a string there is a sentence and means 1."""

    def main() -> None:
        raise error

    with pytest.raises(SystemExit) as exit_:
        exit_on_bad_input(main)
    return exit_.value.code


@pytest.mark.parametrize("number", DISK_ERRORS)
def test_a_disk_error_gives_a_sentence_that_names_the_file(number: int) -> None:
    assert (
        exit_argument(OSError(number, "", "a/b.csv"))
        == f"error: a/b.csv: {DISK_ERRORS[number]} and run this again."
    )
    assert "what this prints" in str(exit_argument(OSError(number, "")))


@pytest.mark.parametrize(
    "bug",
    [
        KeyError("x"),
        RuntimeError("No space left on device (os error 28)"),
        FileNotFoundError(errno.ENOENT, "", "x"),
        OSError("no number"),
    ],
    ids=repr,
)
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    def main() -> None:
        with writing(Path("out")):
            raise bug

    with pytest.raises(type(bug)):
        exit_on_bad_input(main)


def test_a_bug_while_the_disk_is_full_keeps_its_traceback() -> None:
    def main() -> None:
        try:
            raise OSError(errno.ENOSPC, "")
        except OSError:
            raise KeyError("x")  # noqa: B904

    with pytest.raises(KeyError):
        exit_on_bad_input(main)


def test_disk_errors_of_safetensors_are_recognised(tmp_path: Path) -> None:
    """Its error bears no number: only this text, which is Rust's."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="os error") as raised:
        save_file({"x": torch.ones(1)}, tmp_path / "file" / "x.safetensors")
    assert describe_disk_error(raised.value) is None  # not a directory: none of ours
    as_if_full = type(raised.value)(str(raised.value).replace("os error 20", "os error 28"))
    assert describe_disk_error(as_if_full) == DISK_ERRORS[errno.ENOSPC]


def test_a_command_that_failed_is_named_instead_of_a_traceback() -> None:
    sentence = exit_argument(subprocess.CalledProcessError(3, ["git", "clone", "a b"]))
    assert sentence == "error: `git clone 'a b'` failed (exit code 3); it says above why."


def test_writing_names_the_path_and_keeps_other_messages() -> None:
    with (
        pytest.raises(BadInput, match=r"^x/y cannot be written: the disk is full"),
        writing(Path("x/y")),
    ):
        raise OSError(errno.ENOSPC, "", "x/.y.part")
    with pytest.raises(BadInput, match=r"^said already$"), writing(Path("x/y")):
        raise BadInput("said already")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_removes_half_written_files(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = start("exit_on_bad_input(write_slowly)", tmp_path)
    assert stopped(process, number) == (
        code,
        f"stopped by {number.name}; no output is half written, run it again.\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["program.py"]


def test_the_message_of_a_stopped_training_says_how_to_resume(tmp_path: Path) -> None:
    process = start("exit_on_bad_input(write_slowly)", tmp_path, DVC_STAGE="train_vit")
    assert "dvc repro train_vit resumes it" in stopped(process, signal.SIGINT)[1]


def test_a_signal_sent_twice_at_once_does_not_disturb_the_cleaning_up(tmp_path: Path) -> None:
    """As `timeout` does: to its command, then to its group."""
    program = """
def main():
    try:
        ready_then_sleep()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        print("cleaned up", file=sys.stderr)

exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGTERM)
    assert code == 143
    assert output.startswith("cleaned up\nstopped by SIGTERM")


def test_a_signal_that_comes_in_a_finalizer_stops_all_the_same(tmp_path: Path) -> None:
    program = """
class Slow:
    def __del__(self): ready_then_sleep()

def main():
    Slow()
    ready_then_sleep()

exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGTERM)
    assert code == 143
    assert output == "stopped by SIGTERM; no output is half written, run it again.\n"


def test_an_error_that_replaces_the_signal_leaves_no_traceback(tmp_path: Path) -> None:
    """As code in C does that is interrupted while it calls Python, such as Matplotlib's."""
    program = """
def main():
    try: ready_then_sleep()
    except BaseException: pass
    raise ValueError("invalid matrix")

exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGTERM)
    assert code == 143
    assert output == "stopped by SIGTERM; no output is half written, run it again.\n"


def test_workers_are_silent_when_a_terminal_stops_all(tmp_path: Path) -> None:
    program = """
def main():
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=ready_then_sleep) for _ in range(3)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()

exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGINT, ready=3)
    assert code == 130
    assert output == "stopped by SIGINT; no output is half written, run it again.\n"


def test_workers_that_end_too_do_not_disturb_the_cleaning_up(tmp_path: Path) -> None:
    """torch raises on SIGCHLD, wherever the program is, if a worker of its has been killed."""
    program = """
def complain(*_): raise RuntimeError("a worker is gone")

def main():
    signal.signal(signal.SIGCHLD, complain)
    worker = subprocess.Popen(["sleep", "60"])
    try:
        ready_then_sleep()
    finally:
        worker.wait()
        time.sleep(0.01)

exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGTERM)
    assert code == 143
    assert output == "stopped by SIGTERM; no output is half written, run it again.\n"


def test_only_one_process_of_a_training_prints_the_message(tmp_path: Path) -> None:
    program = """
def rank(): exit_on_bad_input(write_slowly)

def main():
    context = multiprocessing.get_context("spawn")
    ranks = [context.Process(target=rank) for _ in range(2)]
    for each in ranks: each.start()
    try:
        for each in ranks: each.join()
    finally:
        for each in ranks: each.join()
        print([each.exitcode for each in ranks], file=sys.stderr)

if __name__ == "__main__":
    exit_on_bad_input(main)
"""
    code, output = stopped(start(program, tmp_path), signal.SIGINT, ready=2)
    assert code == 130
    assert output.splitlines()[0] == "[130, 130]"
    assert len(output.splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["program.py"]


def test_a_worker_process_reports_its_disk_error(tmp_path: Path) -> None:
    program = """
def fail(): raise OSError(28, "", "out")
def rank(): exit_on_bad_input(fail)

if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=rank)
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""
    code, output = ended(start(program, tmp_path))
    assert code == 1
    assert output.startswith("error: out: the disk is full")
    assert output.count("\n") == 1


@pytest.mark.parametrize("package", ["stages", "tools"])
def test_a_signal_during_the_imports_leaves_no_traceback(tmp_path: Path, package: str) -> None:
    program = f'sys.argv[0] = "-m"\nimport {package}\nready_then_sleep()'
    code, output = stopped(start(program, tmp_path), signal.SIGINT)
    assert code == 130
    assert output.startswith("stopped by SIGINT")
    assert output.count("\n") == 1


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """Such as Ctrl-C for what a script has started in the background."""
    program = """
def main():
    print("ready", flush=True)
    time.sleep(0.5)

signal.signal(signal.SIGINT, signal.SIG_IGN)
exit_on_bad_input(main)
"""
    assert stopped(start(program, tmp_path), signal.SIGINT) == (0, "")


def test_other_handlers_are_back_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    exit_on_bad_input(lambda: None)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("flush", [True, False])
def test_output_that_cannot_be_printed_gives_one_sentence(tmp_path: Path, flush: bool) -> None:
    (tmp_path / "program.py").write_text(
        f"{HEAD}exit_on_bad_input(lambda: print('much', flush={flush}))"
    )
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "program.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.startswith(
        "error: writing (a file, or what this prints): the disk is full"
    )
    assert result.stderr.count("\n") == 1
