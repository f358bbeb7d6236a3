"""Compile requirements.txt into requirements/: every package that is installed, with hashes.

    make lock

| file | content |
|---|---|
| build.txt | setuptools, with which pip builds packages that have no wheel |
| common.txt | all packages except torch and setuptools |
| torch-cpu.txt | torch's CPU build, which PyPI does not have for Linux |
| torch-cuda.txt | PyPI's torch, which is a CUDA build on Linux, and its libraries |

The versions in these files are kept unless requirements.txt demands others or `--upgrade` is given.
Only package metadata is read; no package is downloaded.
"""

import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import unquote

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import refuse_others, write_text

LIST = Path("requirements.txt")
FOLDER = Path("requirements")
FILES = ("build.txt", "common.txt", "torch-cpu.txt", "torch-cuda.txt")
OLDEST_PYTHON = "3.11"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu/torch/"
CPU_PYTHONS = ("cp311", "cp312", "cp313")
MARK = "# Written by `make lock` from requirements.txt; edit that."
HEADER = f"""\
{MARK} For Python 3.11 and newer.
"""
CPU_HEADER = f"""\
{MARK} For Python 3.11 to 3.13.
# The hashes are those of PyTorch's index of CPU builds, for Linux and macOS.
"""


def main() -> None:
    for name in FILES:
        refuse_others(FOLDER / name, MARK)
    compiled = entries(compile_list(upgrade="--upgrade" in sys.argv))
    torch = compiled.pop("torch")
    version = re.findall(r"==([^\s;]+)", torch)[0]
    of_torch = {
        name: text for name, text in compiled.items() if "sys_platform == 'linux'" in marker(text)
    }  # on PyPI only the torch for Linux is a CUDA build, so its libraries are for Linux only
    common = {name: text for name, text in compiled.items() if name not in of_torch}
    build = {"setuptools": common.pop("setuptools")}

    write("torch-cpu.txt", {"torch": cpu_torch(version)}, CPU_HEADER)
    write("build.txt", build)
    write("common.txt", common)
    write("torch-cuda.txt", {"torch": torch, **of_torch})
    print(f"{len(common) + 2} packages, and {len(of_torch)} more for torch's CUDA build.")


def compile_list(upgrade: bool) -> str:
    """Compile with uv for all platforms, keeping the locked versions where possible."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "all.txt"
        if not upgrade:
            out.write_text(locked_versions(), encoding="utf-8")
        command = ["uv", "--no-config", "pip", "compile", "--quiet", "--no-header", "--universal"]
        command += ["--python-version", OLDEST_PYTHON, "--generate-hashes"]
        done = subprocess.run([*command, str(LIST), "--output-file", str(out)], check=False)
        if done.returncode:
            raise BadInput(f"{LIST} cannot be compiled, see above; the locks are as they were.")
        return out.read_text(encoding="utf-8")


def locked_versions() -> str:
    """The old locks without hashes, as uv would keep the hashes and with them a wrong one."""
    old = [(FOLDER / name).read_text("utf-8") for name in FILES if (FOLDER / name).exists()]
    pins = re.findall(r"^\w.*?(?= \\$|$)", "\n".join(old), re.MULTILINE)
    return "\n".join(pins)


def entries(lock: str) -> dict[str, str]:
    """Each package's lines; there may be several versions, for different Pythons."""
    found: dict[str, str] = {}
    for entry, name in re.findall(r"^(([\w.-]+)==.*\n(?:^ .*\n)*)", lock, re.MULTILINE):
        found[name] = found.get(name, "") + entry
    return found


def marker(entry: str) -> str:
    """An entry's environment marker: for which Pythons and platforms it is."""
    return entry.partition("\n")[0].partition(" ; ")[2]


def cpu_torch(version: str) -> str:
    """The lock entry of torch's CPU build.

    Raises:
        BadInput: there is no such version, or no hashes of it can be had.
    """
    try:
        with urllib.request.urlopen(CPU_WHEELS, timeout=30) as page:
            hashes = cpu_hashes(page.read().decode(), version)
    except OSError as error:
        hashes = known_hashes(version)
        print(f"{CPU_WHEELS}: {error}. torch-cpu.txt keeps its hashes of {version}.")
    if not hashes:
        raise BadInput(f"{CPU_WHEELS} has no torch {version}; the locks are as they were.")
    lines = [f"torch=={version}", *(f"--hash=sha256:{digest}" for digest in hashes)]
    return " \\\n    ".join(lines) + f"\n    # via -r {LIST}\n"


def cpu_hashes(page: str, version: str) -> list[str]:
    """The SHA-256 hashes of the wheels for Linux and macOS, from the index page."""
    pythons = "|".join(CPU_PYTHONS)
    wanted = rf"torch-{re.escape(version)}(\+cpu)?-({pythons})-\2-(manylinux|macosx)"
    links = re.findall(r"([^\"/]+\.whl)#sha256=([0-9a-f]{64})", page)
    return sorted({digest for name, digest in links if re.match(wanted, unquote(name))})


def known_hashes(version: str) -> list[str]:
    """The hashes in torch-cpu.txt.

    Raises:
        BadInput: they are those of another version.
    """
    lock = (FOLDER / "torch-cpu.txt").read_text(encoding="utf-8")
    if f"torch=={version} " not in lock:
        raise BadInput(
            f"{CPU_WHEELS} does not answer, and torch-cpu.txt has no hashes of torch {version}; "
            "run this where the index can be reached. The locks are as they were."
        )
    return sorted(re.findall(r"sha256:([0-9a-f]{64})", lock))


def write(name: str, packages: dict[str, str], header: str = HEADER) -> None:
    write_text(FOLDER / name, header + "".join(packages.values()))


if __name__ == "__main__":
    exit_on_bad_input(main)
