"""`make setup` installs what is locked, with hashes. A stand-in for pip notes what it is told."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.lock import FOLDER

PIP = """\
#!/bin/sh
echo "$@" >> pip.log
case "$*" in
  *--no-index*) test -e wheel ;;
  *common.txt*) test ! -e broken ;;
esac
"""
CPU_INDEX = "--index-url https://download.pytorch.org/whl/cpu"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make setup` needs, and a .venv that is empty but for the stand-in."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    shutil.copytree(REPOSITORY / FOLDER, tmp_path / FOLDER)
    pip = tmp_path / ".venv/bin/pip"
    pip.parent.mkdir(parents=True)
    pip.write_text(PIP)
    pip.chmod(0o755)
    return tmp_path


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
    said = setup(clone)
    (from_index,) = [line for line in said if "index-url" in line]
    assert from_index.endswith(f"--no-deps {CPU_INDEX} -r requirements/torch-cpu.txt")
    assert "index-url" not in said[-1]
    assert said[-1].endswith("-r requirements/common.txt -r requirements/torch-cpu.txt")


def test_cuda_is_for_those_who_ask_once(clone: Path) -> None:
    said = setup(clone, "TORCH=cuda")
    assert said[-1].endswith("-r requirements/common.txt -r requirements/torch-cuda.txt")
    assert "cpu" not in "".join(said)
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
    said = setup(clone, f"TORCH={torch}")
    assert all(line.startswith("install ") and "--require-hashes" in line for line in said)
    assert "--no-build-isolation" in said[-1]


def test_git_ignores_a_venv_that_is_a_link(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / ".gitignore", tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".venv").symlink_to("elsewhere")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    words = ["git", "ls-files", "--others", "--exclude-standard"]
    untracked = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert untracked.stdout == ".gitignore\n"
