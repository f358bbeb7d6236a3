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
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = packages(venv) / "pip"
    pip.mkdir()
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(INSTALLER)
    return tmp_path


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
        ["make", *(words or ["setup"])],
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
    done = run(clone, "setup", *words, **environment)
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


def test_an_interrupted_setup_is_repeated_and_a_changed_lock_is_installed(clone: Path) -> None:
    (clone / "broken").touch()
    uv, pip = installed(clone, "TORCH=cuda")[-2:]
    assert (uv.split()[:2], pip.split()[0]) == (["pip", "install"], "install")  # pip tries it too
    (clone / "broken").unlink()
    assert "torch-cuda" in installed(clone)[-2]
    assert installed(clone) == []
    assert installed(clone, "TORCH=cpu")[0] == "uninstall --quiet --yes torch"
    installed(clone, "TORCH=cuda")
    stamp = (clone / ".venv/installed-cuda").stat().st_mtime
    os.utime(clone / "requirements/common.txt", (stamp + 1, stamp + 1))
    assert "common.txt" in installed(clone)[-2]


def moved(clone: Path) -> None:
    activate = clone / ".venv/bin/activate"
    activate.write_text(activate.read_text().replace(str(clone), "/elsewhere"))


def of_another_python(clone: Path) -> None:
    (clone / ".venv/bin/python").unlink()
    (clone / ".venv/bin/python").symlink_to(python(clone, "3.12.99"))


@pytest.mark.parametrize("spoil", [moved, of_another_python])
def test_a_venv_that_does_not_work_is_made_anew(clone: Path, spoil: Callable[[Path], None]) -> None:
    own = python(clone)
    assert run(clone, PYTHON=own).stdout == ""
    spoil(clone)
    assert "it is made anew.\n" in run(clone, PYTHON=own).stdout
    assert (clone / ".venv/bin/python").resolve() == Path(sys.executable).resolve()


@pytest.mark.parametrize(
    ("version", "then", "why"),
    [
        ("3.1.1", WITH_PIP, "error: this needs Python 3.11 to 3.13"),
        ("3.14.0", WITH_PIP, "error: this needs Python 3.11 to 3.13"),
        (HERE, "exit 1", "install python3-venv"),
    ],
)
def test_a_python_that_will_not_do_is_named_and_leaves_nothing(
    clone: Path, version: str, then: str, why: str
) -> None:
    shutil.rmtree(clone / ".venv")
    assert why in run(clone, PYTHON=python(clone, version, then)).stderr
    assert not (clone / ".venv").exists()


AS_IT_IS = "R&D 'a' \"b\" $HOME `touch bad` a\\b $(shell touch bad) $(touch bad); touch bad # *"


def test_an_argument_of_make_reaches_the_tool_unchanged(clone: Path) -> None:
    """And no part of it is run."""
    (clone / "tools/tune.py").write_text("import sys; print(repr(sys.argv[1:]))")
    (clone / ".venv/installed-cpu").touch()
    done = run(clone, "tune", f"MODEL={AS_IT_IS}", "TRIALS=-n")
    assert done.stdout.splitlines()[-1] == repr([AS_IT_IS, "-n"])
    assert not (clone / "bad").exists()


def test_dvcs_stages_have_this_python_and_its_packages_and_the_code_here(clone: Path) -> None:
    """Whatever PATH, PYTHONPATH and PYTHONSAFEPATH are where .venv is not activated."""
    assert run(clone).returncode == 0
    venv = clone / ".venv"
    (packages(venv) / "numpy.py").write_text("name = 'of .venv'")
    (clone / "old").mkdir()
    (clone / "old/numpy.py").write_text("name = 'old'")
    (clone / "stages").mkdir()
    code = "import numpy, shutil; print(numpy.name, shutil.which('python'), flush=True)"
    (clone / "stages/split.py").write_text(code)
    start = "import os; os.system('python -m stages.split')"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONSAFEPATH": "1", "PYTHONPATH": "old"}
    said = subprocess.check_output([venv / "bin/python", "-c", start], cwd=clone, env=environment)
    assert said.decode().split() == ["of", ".venv", str(venv / "bin/python")]


def test_the_project_is_there_in_every_folder_and_a_clone_has_its_own_code(tmp_path: Path) -> None:
    """In the environment of this test; another clone is any with a folder fer2013, as demo/."""
    if Path(sys.prefix) != REPOSITORY / ".venv":
        pytest.skip("this is not the .venv that make setup makes here")
    command = [sys.executable, "-c", "import fer2013; print(fer2013.__file__)"]
    (tmp_path / "clone/fer2013").mkdir(parents=True)
    (tmp_path / "clone/fer2013/__init__.py").touch()
    for folder, owner in ((tmp_path, REPOSITORY), (tmp_path / "clone", tmp_path / "clone")):
        said = subprocess.check_output(command, cwd=folder, text=True)
        assert said.strip() == str(owner / "fer2013/__init__.py")
