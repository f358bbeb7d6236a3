"""`make setup`: what it installs, from where and when, with stand-ins for pip, uv and Python."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

# Writes down what it is called with; as pip it brings uv, which is the same program.
INSTALLER = f"""\
#!{sys.executable}
import os, shutil, sys
words = " ".join(sys.argv[1:])
with open("installer.log", "a") as log:
    print(words, file=log)
assert os.environ["PIP_USER"] == "0"
# Else packages that are not locked would come along, or be built by tools that are not.
assert words.split()[-1] in ("torch", ".") or "--require-hashes" in words and "--no-deps" in words
assert "common.txt" not in words or "--no-build-isolation" in words
if "build.txt" in words:
    shutil.copy(__file__, ".venv/bin/uv")
    os.chmod(".venv/bin/uv", 0o755)
if "--no-index" in words:
    sys.exit("there is no wheel")
if "common.txt" in words:
    sys.exit(os.path.exists("broken"))
"""
PYTHON = """\
#!/bin/sh
if [ "$1" = -c ]; then echo {version}; exit; fi
{real} -m venv --without-pip "$3"
{then}
"""
WITH_PIP = 'cd "$3"/lib/python*/site-packages && mkdir pip && touch pip/__init__.py'
HERE = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make setup` needs, and a .venv that is empty but for the stand-in."""
    for name in ("Makefile", "pyproject.toml", "tools/setup.sh", "tools/own_packages_first.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copytree(REPOSITORY / "requirements", tmp_path / "requirements")
    make_venv(tmp_path / ".venv")
    return tmp_path


def make_venv(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = packages(folder) / "pip"
    pip.mkdir()
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(INSTALLER)


def packages(venv: Path) -> Path:
    return next(venv.glob("lib/python*/site-packages"))


def python(folder: Path, version: str = HERE, then: str = WITH_PIP) -> str:
    """A stand-in for a Python of that version."""
    path = folder / f"a python {version}"
    path.write_text(PYTHON.format(version=version, real=sys.executable, then=then))
    path.chmod(0o755)
    return str(path)


def run(clone: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "setup", *words],
        cwd=clone,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(clone: Path, *words: str, **environment: str) -> list[str]:
    """Run make setup and return what pip and uv were called with."""
    log = clone / "installer.log"
    log.write_text("")
    done = run(clone, *words, **environment)
    assert bool(done.returncode) == (clone / "broken").exists(), done.stderr
    return log.read_text().splitlines()


def test_the_cpu_build_of_torch_comes_from_a_folder_or_from_pytorchs_index(clone: Path) -> None:
    _, build, folder, index, rest, project = installed(clone, PIP_USER="1")
    assert build.endswith("-r requirements/build.txt")
    assert folder.endswith("--no-index -r requirements/torch-cpu.txt")
    assert index.endswith("https://download.pytorch.org/whl/cpu -r requirements/torch-cpu.txt")
    assert rest.endswith("-r requirements/common.txt")
    assert project.endswith("--editable .")
    assert installed(clone) == []


def test_the_torch_that_is_asked_for_stays_and_replaces_the_other(clone: Path) -> None:
    installed(clone)
    removal, _, rest, _ = installed(clone, "TORCH=cuda")
    assert removal == "uninstall --quiet --yes torch"
    assert rest.endswith("-r requirements/common.txt -r requirements/torch-cuda.txt")
    assert installed(clone) == []
    assert installed(clone, "TORCH=cpu")[0] == removal


def test_an_interrupted_setup_is_repeated_and_a_changed_lock_is_installed(clone: Path) -> None:
    (clone / "broken").touch()
    uv, pip = installed(clone, "TORCH=cuda")[-2:]
    assert (uv.split()[:2], pip.split()[0]) == (["pip", "install"], "install")  # pip tries it too
    (clone / "broken").unlink()
    assert "torch-cuda" in installed(clone)[-2]
    assert installed(clone) == []
    stamp = (clone / ".venv/installed-cuda").stat().st_mtime
    os.utime(clone / "requirements/common.txt", (stamp + 1, stamp + 1))
    assert "common.txt" in installed(clone)[-2]


def without_pip(clone: Path) -> None:
    shutil.rmtree(packages(clone / ".venv") / "pip")


def moved(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    make_venv(clone / "before")
    (clone / "before").rename(clone / ".venv")


def dangling_link(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    (clone / ".venv").symlink_to("nowhere")


def of_another_python(clone: Path) -> None:
    other = python(clone, "3.12.99")
    (clone / ".venv/bin/python").unlink()
    (clone / ".venv/bin/python").symlink_to(other)


@pytest.mark.parametrize("spoil", [without_pip, moved, dangling_link, of_another_python])
def test_a_venv_that_does_not_work_is_made_anew(clone: Path, spoil: Callable[[Path], None]) -> None:
    assert run(clone, PYTHON=python(clone)).stdout == ""
    spoil(clone)
    assert "it is made anew.\n" in run(clone, PYTHON=python(clone)).stdout
    assert run(clone, "TORCH=gpu").stderr.startswith("error: TORCH is cpu or cuda, not gpu\n")
    assert (clone / ".venv/bin/python").resolve() == Path(sys.executable).resolve()


@pytest.mark.parametrize("version", ["2.7.18", "3.1.1", "3.14.0"])
def test_another_python_is_refused_first(clone: Path, version: str) -> None:
    shutil.rmtree(clone / ".venv")
    old = python(clone, version)
    assert run(clone, PYTHON=old).stderr.startswith(
        f"error: this needs Python 3.11 to 3.13; {old} is {version}: say PYTHON=python3.12\n"
    )
    assert not (clone / ".venv").exists()


def test_a_python_without_ensurepip_leaves_no_half_venv(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    assert "install python3-venv" in run(clone, PYTHON=python(clone, then="exit 1")).stderr
    assert not (clone / ".venv").exists()


AS_IT_IS = (
    "R&D (1) 'a' \"b\" $HOME $x `touch bad` a\\b $(shell touch bad) $(touch bad); touch bad # *"
)


def test_an_argument_of_make_reaches_the_tool_unchanged(clone: Path) -> None:
    """And no part of it is run."""
    (clone / "tools/tune.py").write_text("import sys; print(repr(sys.argv[1:]))")
    (clone / ".venv/installed-cpu").touch()
    words = ["make", "tune", f"MODEL={AS_IT_IS}", "TRIALS=-n"]
    done = subprocess.run(words, cwd=clone, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == repr([AS_IT_IS, "-n"])
    assert not (clone / "bad").exists()


# The environment that `make setup` leaves


@pytest.fixture
def venv(clone: Path) -> Path:
    assert run(clone).returncode == 0
    return clone / ".venv"


def said(venv: Path, code: str, **environment: str) -> str:
    """What .venv's Python prints, in the clone, without .venv activated."""
    return subprocess.run(
        [venv / "bin/python", "-c", code],
        cwd=venv.parent,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_what_dvc_starts_runs_with_its_python(venv: Path) -> None:
    assert said(venv, "import shutil; print(shutil.which('python'))") == str(venv / "bin/python")


def test_what_dvc_starts_finds_the_code_in_the_current_folder(venv: Path) -> None:
    (venv.parent / "stages").mkdir()
    (venv.parent / "stages/split.py").write_text("print('found')")
    start = "import os; os.system('python -m stages.split')"
    assert said(venv, start, PYTHONSAFEPATH="1") == "found"


def test_venvs_packages_win_over_pythonpaths_and_these_over_this_project(venv: Path) -> None:
    (packages(venv) / "numpy.py").write_text("name = 'of .venv'")
    (packages(venv) / "__editable__.fer2013.pth").write_text(f"{venv}\n")
    old = venv.parent / "old"
    old.mkdir()
    (old / "numpy.py").write_text("name = 'old'")
    code = "import sys, numpy; print(numpy.name, sys.path[-2:])"
    assert said(venv, code, PYTHONPATH="old") == f"of .venv ['{old}', '{venv}']"


def test_the_project_is_there_in_every_folder_and_a_clone_has_its_own_code(tmp_path: Path) -> None:
    """In the environment of this test; another clone is any with a folder fer2013, as demo/."""
    if Path(sys.prefix) != REPOSITORY / ".venv":
        pytest.skip("this is not the .venv that make setup makes here")
    command = [sys.executable, "-c", "import fer2013; print(fer2013.__file__)"]
    assert shutil.which("fer2013", path=Path(sys.executable).parent)
    for folder, owner in (("elsewhere", REPOSITORY), ("clone", tmp_path / "clone")):
        (tmp_path / folder / "fer2013").mkdir(parents=True)
        if folder == "clone":
            (tmp_path / "clone/fer2013/__init__.py").touch()
        done = subprocess.run(command, cwd=tmp_path / folder, capture_output=True, check=True)
        assert done.stdout.decode().strip() == str(owner / "fer2013/__init__.py")
