"""The lock files match requirements.txt, are complete, and name no private index."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools import lock

PIN = re.compile(r"([\w.-]+)==([\w.+!-]+)")
OF_MAKE = {"cpu": "torch-cpu.txt", "cuda": "torch-cuda.txt"}


def locked(*names: str) -> dict[str, str]:
    """Every package's lines in these locks."""
    texts = ((REPOSITORY / lock.FOLDER / name).read_text() for name in names)
    return {name: entry for text in texts for name, entry in lock.entries(text).items()}


def pins(text: str) -> set[tuple[str, str]]:
    return {(name.lower().replace("_", "-"), version) for name, version in PIN.findall(text)}


@pytest.mark.parametrize("torch", OF_MAKE.values(), ids=OF_MAKE.keys())
def test_the_locks_match_requirements_txt(torch: str) -> None:
    """A package added, removed or given another version shows; then run `make lock`."""
    wanted = [
        line
        for line in (REPOSITORY / lock.LIST).read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(PIN.fullmatch(line) for line in wanted), "each line is name==version"
    direct = [
        entry
        for entry in locked("build.txt", "common.txt", torch).values()
        if re.search(r"# +(via )?-r requirements\.txt$", entry, re.MULTILINE)
    ]
    assert pins("\n".join(direct)) == pins("\n".join(wanted))


@pytest.mark.parametrize("name", lock.FILES)
def test_every_package_has_one_version_and_hashes(name: str) -> None:
    text = (REPOSITORY / lock.FOLDER / name).read_text()
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    requirement = re.compile(r"[\w.-]+==[\w.]+(?: ; [^\\]+)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert requirement.fullmatch(line) or digest.fullmatch(line), line
        assert line.endswith("\\") == bool(digest.fullmatch(following)), line


def test_the_locks_are_for_the_pythons_that_pyproject_names() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    pythons = [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in allowed]
    assert [f"cp{version.replace('.', '')}" for version in pythons] == list(lock.CPU_PYTHONS)
    assert pythons[0] == lock.OLDEST_PYTHON


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_package_has_one_version_for_each_python(python: str) -> None:
    """Some leave an old Python sooner than others, so they have a version for it alone."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    for name, entry in locked("build.txt", "common.txt", "torch-cpu.txt").items():
        markers = re.findall(r"^[\w.-]+==[\w.]+(?: ; ([^\\]+?))? \\$", entry, re.MULTILINE)
        holds = [not text or Marker(text).evaluate(environment) for text in markers]
        by_platform = any("platform" in text for text in markers)
        assert sum(holds) == 1 or by_platform, name


@pytest.mark.parametrize("name", lock.FILES)
def test_no_machines_address_is_locked(name: str) -> None:
    text = (REPOSITORY / lock.FOLDER / name).read_text()
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_both_builds_of_torch_are_the_same_release() -> None:
    (cpu,), cuda = locked("torch-cpu.txt").values(), locked("torch-cuda.txt")
    assert pins(cpu) == pins(cuda["torch"])


def test_only_the_cuda_lock_has_cuda() -> None:
    """PyPI's torch for Linux asks for these; installed from the CPU lock, it would fail."""
    shared = locked("build.txt", "common.txt", "torch-cpu.txt")
    cuda = locked("torch-cuda.txt")
    assert {"nvidia-cublas", "nvidia-cudnn-cu13", "triton"} <= cuda.keys()
    assert shared.keys() & cuda.keys() == {"torch"}
    linux_only = [name for name, entry in shared.items() if "'linux'" in lock.marker(entry)]
    assert linux_only == []


def test_the_hashes_of_the_cpu_index_are_read_from_its_page() -> None:
    wanted = ("1" * 64, "2" * 64, "3" * 64)
    wheels = {
        "torch-2.13.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl": wanted[0],
        "torch-2.13.0%2Bcpu-cp313-cp313-manylinux_2_28_aarch64.whl": wanted[1],
        "torch-2.13.0-cp312-cp312-macosx_14_0_arm64.whl": wanted[2],
        "torch-2.13.0%2Bcpu-cp311-cp311-win_amd64.whl": "a" * 64,
        "torch-2.13.0%2Bcpu-cp314-cp314t-manylinux_2_28_x86_64.whl": "b" * 64,
        "torch-2.13.1%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl": "c" * 64,
        "torch-2.13.0%2Bcu130-cp311-cp311-manylinux_2_28_x86_64.whl": "d" * 64,
    }
    page = "\n".join(
        f'<a href="/whl/cpu/{name}#sha256={digest}" data-dist-info-metadata="sha256=0">{name}</a>'
        for name, digest in wheels.items()
    )
    assert lock.cpu_hashes(page, "2.13.0") == list(wanted)


def test_another_torch_is_not_locked_with_old_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where PyTorch's index of CPU builds cannot be reached."""
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(lock, "CPU_WHEELS", (tmp_path / "nothing").as_uri())
    known = locked("torch-cpu.txt")["torch"]
    assert lock.cpu_torch("2.13.0") == known
    with pytest.raises(BadInput, match=r"no hashes of torch 2\.13\.1"):
        lock.cpu_torch("2.13.1")


def test_uv_gets_the_old_versions_without_their_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would believe them, so a wrong one would stay for ever."""
    monkeypatch.chdir(REPOSITORY)
    kept = lock.locked_versions()
    assert "sha256" not in kept
    assert pins(kept) == pins("\n".join(locked(*lock.FILES).values()))


COMPILED = """\
contourpy==1.3.3 ; python_full_version < '3.12' \\
    --hash=sha256:01
    # via -r requirements.txt
contourpy==1.4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:02
    # via -r requirements.txt
nvidia-cublas==13.1.1.3 ; sys_platform == 'linux' \\
    --hash=sha256:03
    # via torch
setuptools==84.2.1 \\
    --hash=sha256:04
    # via torch
torch==2.14.0 \\
    --hash=sha256:05
    # via -r requirements.txt
"""


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stand-in for uv, which says COMPILED, and for PyTorch's index."""
    uv = tmp_path / "uv"
    # What it is given as the old locks goes to old.txt.
    uv.write_text('#!/bin/sh\nfor out; do :; done\ncp "$out" old.txt\ncp compiled.txt "$out"\n')
    uv.chmod(0o755)
    (tmp_path / "compiled.txt").write_text(COMPILED)
    wheel = f"torch-2.14.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl#sha256={'a' * 64}"
    (tmp_path / "page.html").write_text(f'<a href="/whl/cpu/{wheel}">torch</a>')
    shutil.copytree(REPOSITORY / lock.FOLDER, tmp_path / lock.FOLDER)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(lock, "CPU_WHEELS", (tmp_path / "page.html").as_uri())
    monkeypatch.setattr("sys.argv", ["lock"])
    monkeypatch.chdir(tmp_path)
    return tmp_path / lock.FOLDER


def test_each_package_goes_to_its_lock(compiler: Path) -> None:
    lock.main()
    contourpy, nvidia, setuptools, torch = lock.entries(COMPILED).values()
    read = {name: (compiler / name).read_text() for name in lock.FILES}
    assert read["common.txt"] == lock.HEADER + contourpy
    assert read["build.txt"] == lock.HEADER + setuptools
    assert read["torch-cuda.txt"] == lock.HEADER + torch + nvidia
    assert read["torch-cpu.txt"] == lock.CPU_HEADER + (
        f"torch==2.14.0 \\\n    --hash=sha256:{'a' * 64}\n    # via -r requirements.txt\n"
    )
    assert pins(Path("old.txt").read_text()) == pins("".join(locked(*lock.FILES).values()))


def test_locks_stay_as_they_are_if_torch_has_no_cpu_build_yet(compiler: Path) -> None:
    Path("page.html").write_text("")
    before = {path.name: path.read_text() for path in compiler.iterdir()}
    with pytest.raises(BadInput, match=r"has no torch 2\.14\.0; the locks are as they were"):
        lock.main()
    assert {path.name: path.read_text() for path in compiler.iterdir()} == before


def test_locks_stay_as_they_are_if_nothing_fits_together(compiler: Path) -> None:
    Path("uv").write_text("#!/bin/sh\nexit 1\n")
    before = {path.name: path.read_text() for path in compiler.iterdir()}
    with pytest.raises(BadInput, match=r"requirements\.txt cannot be compiled"):
        lock.main()
    assert {path.name: path.read_text() for path in compiler.iterdir()} == before
