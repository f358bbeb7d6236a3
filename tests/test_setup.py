"""`make setup` installs the locked packages by hash. A stand-in for pip records its arguments."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.lock import FOLDER

PIP = """\
import os, sys
words = " ".join(sys.argv[1:])
with open("pip.log", "a") as log:
    print(words, file=log)
if "--no-index" in words:
    sys.exit(not os.path.exists("wheel"))
if "common.txt" in words:
    sys.exit(os.path.exists("broken"))
"""
CPU_INDEX = "--index-url https://download.pytorch.org/whl/cpu"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make setup` needs, and a .venv that is empty but for the stand-in."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    shutil.copytree(REPOSITORY / FOLDER, tmp_path / FOLDER)
    (tmp_path / "tools").mkdir()
    shutil.copy(REPOSITORY / "tools/make_venv.sh", tmp_path / "tools")
    make_venv(tmp_path / ".venv")
    return tmp_path


def make_venv(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = next(folder.glob("lib/python*/site-packages")) / "pip"
    pip.mkdir()
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(PIP)


def setup(clone: Path, *words: str) -> list[str]:
    """Run it and return the commands that pip got."""
    log = clone / "pip.log"
    log.write_text("")
    environment = {key: value for key, value in os.environ.items() if key != "TORCH"}
    done = subprocess.run(["make", "setup", *words], cwd=clone, env=environment, check=False)
    assert bool(done.returncode) == (clone / "broken").exists()
    return log.read_text().splitlines()


def test_a_torch_wheel_at_hand_is_taken(clone: Path) -> None:
    (clone / "wheel").touch()
    build, torch, rest = setup(clone)
    assert build.endswith("-r requirements/build.txt")
    assert torch.endswith("--no-deps --no-index -r requirements/torch-cpu.txt")
    assert rest.endswith("-r requirements/common.txt -r requirements/torch-cpu.txt")
    assert setup(clone) == []


def test_else_torch_comes_from_pytorchs_index_and_nothing_else_does(clone: Path) -> None:
    output = setup(clone)
    (from_index,) = [line for line in output if "index-url" in line]
    assert from_index.endswith(f"--no-deps {CPU_INDEX} -r requirements/torch-cpu.txt")
    assert "index-url" not in output[-1]
    assert output[-1].endswith("-r requirements/common.txt -r requirements/torch-cpu.txt")


def test_cuda_is_for_those_who_ask_once(clone: Path) -> None:
    output = setup(clone, "TORCH=cuda")
    assert output[-1].endswith("-r requirements/common.txt -r requirements/torch-cuda.txt")
    assert "cpu" not in "".join(output)
    assert setup(clone) == []


def test_the_other_torch_is_removed_first(clone: Path) -> None:
    """To pip 2.13.0+cpu satisfies 2.13.0, so it would stay."""
    setup(clone)
    first, *_, last = setup(clone, "TORCH=cuda")
    assert first == "uninstall --quiet --yes torch"
    assert last.endswith("torch-cuda.txt")
    first, *_, last = setup(clone, "TORCH=cpu")
    assert first == "uninstall --quiet --yes torch"
    assert last.endswith("torch-cpu.txt")
    assert setup(clone) == []


def test_a_setup_that_failed_is_not_forgotten(clone: Path) -> None:
    """Its torch may be there already."""
    (clone / "broken").touch()
    setup(clone)
    assert setup(clone)
    (clone / "broken").unlink()
    first, *_ = setup(clone, "TORCH=cuda")
    assert first == "uninstall --quiet --yes torch"
    assert setup(clone) == []


def test_a_change_of_a_lock_is_installed(clone: Path) -> None:
    setup(clone)
    stamp = (clone / ".venv/installed-cpu").stat().st_mtime
    os.utime(clone / "requirements/common.txt", (stamp + 1, stamp + 1))
    assert any("common.txt" in line for line in setup(clone))


@pytest.mark.parametrize("torch", ["cpu", "cuda"])
def test_nothing_is_installed_without_its_hash(clone: Path, torch: str) -> None:
    """Nor built by tools that have none: in isolation pip would take them as they come."""
    output = setup(clone, f"TORCH={torch}")
    assert all(line.startswith("install ") and "--require-hashes" in line for line in output)
    assert "--no-build-isolation" in output[-1]


def test_git_ignores_a_venv_that_is_a_link(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / ".gitignore", tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to("elsewhere")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    words = ["git", "ls-files", "--others", "--exclude-standard"]
    untracked = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert untracked.stdout == ".gitignore\n"


# The .venv itself. `python` stands for a Python that has no real pip to install


PYTHON = """\
#!/bin/sh
if [ "$1" = -c ]; then echo {version}; exit; fi
{real} -m venv --without-pip "$3"
{then}
"""
WITH_PIP = 'cd "$3"/lib/python*/site-packages && mkdir pip && touch pip/__init__.py'
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def python(folder: Path, version: str = f"{HERE}.1", then: str = WITH_PIP) -> str:
    """A stand-in for a Python of that version."""
    path = folder / f"a python {version}"
    path.write_text(PYTHON.format(version=version, real=sys.executable, then=then))
    path.chmod(0o755)
    return str(path)


def venv_of(clone: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Have a .venv made; where that is tried, a file in it says whether it is a new one."""
    return subprocess.run(
        ["sh", "tools/make_venv.sh"],
        cwd=clone,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_venv_that_works_stays(clone: Path) -> None:
    (clone / ".venv/mark").touch()
    done = venv_of(clone)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (clone / ".venv/mark").exists()


def test_as_a_link_it_stays_too(clone: Path) -> None:
    (clone / ".venv").rename(clone / "moved")
    shutil.rmtree(clone / "moved")
    make_venv(clone / "elsewhere")
    (clone / ".venv").symlink_to("elsewhere")
    assert venv_of(clone).stdout == ""
    assert (clone / ".venv").is_symlink()


def without_pip(clone: Path) -> None:
    shutil.rmtree(next(clone.glob(".venv/lib/python*/site-packages/pip")))


def moved(clone: Path) -> None:
    other = clone / "before/.venv"
    other.parent.mkdir()
    make_venv(other)
    shutil.rmtree(clone / ".venv")
    other.rename(clone / ".venv")


def half_made(clone: Path) -> None:
    (clone / ".venv/bin/python").unlink()


def moved_link(clone: Path) -> None:
    """What it points to stays: it may be another's."""
    shutil.rmtree(clone / ".venv")
    make_venv(clone / "first")
    (clone / "first").rename(clone / "elsewhere")
    (clone / "elsewhere/mark").touch()
    (clone / ".venv").symlink_to("elsewhere")


def dangling_link(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    (clone / ".venv").symlink_to("nowhere")


@pytest.mark.parametrize("spoil", [without_pip, moved, half_made, moved_link, dangling_link])
def test_a_venv_that_does_not_work_is_made_anew(clone: Path, spoil: Callable[[Path], None]) -> None:
    (clone / ".venv/mark").touch()
    spoil(clone)
    done = venv_of(clone, PYTHON=python(clone))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("it is made anew.\n")
    assert (clone / ".venv/bin/python").exists()
    assert not (clone / ".venv/mark").exists()
    assert spoil is not moved_link or (clone / "elsewhere/mark").exists()
    assert venv_of(clone).stdout == ""


def test_python_chooses_the_version(clone: Path) -> None:
    (clone / ".venv/mark").touch()
    assert venv_of(clone, PYTHON=python(clone)).returncode == 0
    assert (clone / ".venv/mark").exists()
    other = "3.12.9" if HERE != "3.12" else "3.13.9"
    assert "made anew" in venv_of(clone, PYTHON=python(clone, other)).stdout
    assert not (clone / ".venv/mark").exists()


@pytest.mark.parametrize("version", ["2.7.18", "3.10.13", "3.14.0", "3.1.1", "4.0.0"])
def test_another_python_is_refused_first(clone: Path, version: str) -> None:
    shutil.rmtree(clone / ".venv")
    old = python(clone, version)
    done = venv_of(clone, PYTHON=old)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: this needs Python 3.11 to 3.13; {old} is {version}: say PYTHON=python3.12\n"
    )
    assert not (clone / ".venv").exists()


def test_a_missing_python_is_an_error(clone: Path) -> None:
    done = venv_of(clone, PYTHON="python3.99")
    assert "error: python3.99 is not there or does not run; this needs Python 3.11" in done.stderr


@pytest.mark.parametrize("then", ["exit 1", "exit 0"])
def test_a_python_without_ensurepip_leaves_no_half_venv(clone: Path, then: str) -> None:
    """And the system's pip is not called."""
    shutil.rmtree(clone / ".venv")
    path = clone / "bin"
    path.mkdir()
    (path / "pip").write_text("#!/bin/sh\ntouch called\n")
    (path / "pip").chmod(0o755)
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
    environment["PYTHON"] = python(clone, then=then)
    for _ in range(2):
        command = ["make", "setup"]
        done = subprocess.run(
            command, cwd=clone, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode
        assert "install python3-venv" in done.stderr
        assert not (clone / ".venv").exists()
    assert not (clone / "called").exists()


AS_IT_IS = (
    "R&D (1) 'a' \"b\" $HOME $x `touch bad` a\\b $(shell touch bad) $(touch bad); touch bad # *"
)


@pytest.mark.parametrize("argument", ["a folder", "-n", AS_IT_IS])
def test_an_argument_of_make_reaches_the_tool_unchanged(clone: Path, argument: str) -> None:
    """And no part of it is run."""
    for name in ("data", "review", "tune", "wandb_log"):
        (clone / f"tools/{name}.py").write_text(
            "import sys; open('arguments', 'a').write(repr(sys.argv[1:]))"
        )
    (clone / ".venv/installed-cpu").touch()
    for words, expected in (
        (["data", f"FROM={argument}"], [argument]),
        (["review", f"BASE={argument}"], [argument]),
        (["tune", f"MODEL={argument}", f"TRIALS={argument}"], [argument, argument]),
        (["wandb-log", f"MODEL={argument}"], [argument]),
    ):
        (clone / "arguments").unlink(missing_ok=True)
        subprocess.run(["make", *words], cwd=clone, check=True, capture_output=True)
        assert (clone / "arguments").read_text() == repr(expected)
    assert not (clone / "bad").exists()


def test_a_stage_without_an_activated_venv_runs_with_its_python(clone: Path) -> None:
    """As .venv/bin/dvc does: a stage that it starts runs with the same Python, also in a shell."""
    assert venv_of(clone).returncode == 0
    script = "import os, shutil; print(shutil.which('python')); os.system('python -m pip from-dvc')"
    python_of_venv = clone / ".venv/bin/python"
    output = subprocess.run(
        [python_of_venv, "-c", script],
        cwd=clone,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.splitlines()[0] == str(python_of_venv)
    assert (clone / "pip.log").read_text() == "from-dvc\n"
