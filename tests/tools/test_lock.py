"""The locks are what requirements.txt asks for, have every hash, and name no private index."""

import re
import shutil
from pathlib import Path

import pytest

from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tools import lock

FILES = ("build.txt", "common.txt", "torch-cpu.txt", "torch-cuda.txt")
PIN = re.compile(r"^([\w.-]+==[\w.+!]+)", re.MULTILINE)


def read(*names: str) -> str:
    return "".join((REPOSITORY / lock.FOLDER / name).read_text() for name in names)


@pytest.mark.parametrize("torch", FILES[2:])
def test_the_locks_match_requirements_txt(torch: str) -> None:
    """A package added, removed or given another version shows; then run `make lock`."""
    entries = lock.entries(read("build.txt", "common.txt", torch)).values()
    asked_for = [entry for entry in entries if re.search(r"-r requirements\.txt$", entry, re.M)]
    wanted = PIN.findall((REPOSITORY / lock.LIST).read_text().lower())
    assert set(PIN.findall("".join(asked_for))) == set(wanted)


@pytest.mark.parametrize("name", FILES)
def test_every_package_has_hashes_and_no_machines_address(name: str) -> None:
    text = re.sub(r"^ *#.*\n", "", read(name), flags=re.MULTILINE)
    entry = r"[\w.-]+==[\w.]+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(f"(?:{entry})+", text)


def test_only_the_cuda_lock_has_cuda() -> None:
    """PyTorch's CPU build needs none of it; to pip and uv both builds are the same version."""
    cuda, others = lock.entries(read(FILES[3])), lock.entries(read(*FILES[:3]))
    assert {"nvidia-cublas", "nvidia-cudnn-cu13", "triton"} <= cuda.keys()
    assert cuda.keys() & others.keys() == {"torch"}
    assert PIN.findall(cuda["torch"]) == PIN.findall(others["torch"])


COMPILED = """\
contourpy==1.3.3 ; python_full_version < '3.12' \\
    --hash=sha256:01
    # via -r requirements.txt
contourpy==1.4.0 ; python_full_version >= '3.12' \\
    --hash=sha256:02
nvidia-cublas==13.1.1.3 ; sys_platform == 'linux' \\
    --hash=sha256:03
setuptools==84.2.1 \\
    --hash=sha256:04
torch==2.14.0 \\
    --hash=sha256:05
uv==0.13.9 \\
    --hash=sha256:06
"""
WHEELS = {
    "torch-2.14.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl": "a",
    "torch-2.14.0-cp312-cp312-macosx_14_0_arm64.whl": "b",
    "torch-2.14.0%2Bcpu-cp311-cp311-win_amd64.whl": "c",
    "torch-2.14.0%2Bcpu-cp314-cp314t-manylinux_2_28_x86_64.whl": "d",
    "torch-2.14.1%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl": "e",
}


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The locks beside stand-ins for uv, which writes COMPILED, and for PyTorch's index."""
    (tmp_path / "uv").write_text('#!/bin/sh\nfor out; do :; done\ncp compiled.txt "$out"\n')
    (tmp_path / "uv").chmod(0o755)
    (tmp_path / "compiled.txt").write_text(COMPILED)
    links = [f'<a href="/cpu/{name}#sha256={one * 64}"></a>' for name, one in WHEELS.items()]
    (tmp_path / "page.html").write_text("\n".join(links))
    shutil.copytree(REPOSITORY / lock.FOLDER, tmp_path / lock.FOLDER)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(lock, "CPU_WHEELS", (tmp_path / "page.html").as_uri())
    monkeypatch.setattr("sys.argv", ["lock"])
    monkeypatch.chdir(tmp_path)
    return tmp_path / lock.FOLDER


def test_each_package_goes_to_its_lock(locks: Path) -> None:
    lock.main()
    found = {name: lock.entries((locks / name).read_text()) for name in FILES}
    assert {name: list(entries) for name, entries in found.items()} == {
        "build.txt": ["setuptools", "uv"],
        "common.txt": ["contourpy"],
        "torch-cpu.txt": ["torch"],
        "torch-cuda.txt": ["torch", "nvidia-cublas"],
    }
    hashes = re.findall(r"sha256:(\w+)", found["torch-cpu.txt"]["torch"])
    assert hashes == ["a" * 64, "b" * 64]


@pytest.mark.parametrize("spoilt", ["uv", "page.html"])
def test_locks_that_cannot_be_compiled_stay_as_they_are(locks: Path, spoilt: str) -> None:
    Path(spoilt).write_text("#!/bin/sh\nexit 1\n")
    before = {path.name: path.read_text() for path in locks.iterdir()}
    with pytest.raises(BadInput, match="the locks are as they were"):
        lock.main()
    assert {path.name: path.read_text() for path in locks.iterdir()} == before
