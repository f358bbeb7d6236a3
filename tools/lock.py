"""Compile requirements.txt into requirements/: every package that is installed, with hashes.

    make lock

| file | content |
|---|---|
| build.txt | uv, which installs the others, and setuptools, which builds those that have no wheel |
| common.txt | all other packages except torch |
| torch-cpu.txt | torch's CPU build, which PyPI does not have for Linux |
| torch-cuda.txt | PyPI's torch, which is a CUDA build on Linux, and its libraries |

Versions that requirements.txt leaves open are kept unless `--upgrade` is given. Only metadata is
read; no package is downloaded.
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
BUILD = ("setuptools", "uv")
OLDEST_PYTHON = "3.11"
CPU_WHEELS = "https://download.pytorch.org/whl/cpu/torch/"
CPU_WHEEL = r"torch-{}(\+cpu)?-(cp311|cp312|cp313)-\2-(manylinux|macosx)"
MARK = "# Written by `make lock` from requirements.txt; edit that."
HEADER = f"{MARK}\n"


def main() -> None:
    for path in FOLDER.glob("*.txt"):
        refuse_others(path, MARK)
    compiled = entries(compile_list(upgrade="--upgrade" in sys.argv))
    torch = {"torch": compiled.pop("torch")}
    build = {name: compiled.pop(name) for name in BUILD}
    # On PyPI only the torch for Linux is a CUDA build, so its libraries are for Linux only.
    libraries = {
        name: entry
        for name, entry in compiled.items()
        if "sys_platform == 'linux'" in entry.partition("\n")[0]
    }
    common = {name: entry for name, entry in compiled.items() if name not in libraries}
    write("torch-cpu.txt", {"torch": cpu_torch(torch["torch"].partition(" ")[0])})
    write("torch-cuda.txt", torch | libraries)
    write("build.txt", build)
    write("common.txt", common)
    print(f"{len(common) + 3} packages, and {len(libraries)} more for torch's CUDA build.")


def compile_list(upgrade: bool) -> str:
    """Compile with uv for all platforms, keeping the locked versions where possible."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "all.txt"
        if not upgrade:  # without their hashes, as uv would keep them and with them a wrong one
            old = "".join(path.read_text(encoding="utf-8") for path in FOLDER.iterdir())
            out.write_text(re.sub(r" \\\n    --hash=\S+", "", old), encoding="utf-8")
        command = ["uv", "--no-config", "pip", "compile", "--quiet", "--no-header", "--universal"]
        command += ["--python-version", OLDEST_PYTHON, "--generate-hashes"]
        done = subprocess.run([*command, str(LIST), "--output-file", str(out)], check=False)
        if done.returncode:
            raise BadInput(f"{LIST} cannot be compiled, see above; the locks are as they were.")
        return out.read_text(encoding="utf-8")


def entries(lock: str) -> dict[str, str]:
    """Each package's lines; there may be several versions, for different Pythons."""
    found: dict[str, str] = {}
    for entry, name in re.findall(r"^(([\w.-]+)==.*\n(?:^ .*\n)*)", lock, re.MULTILINE):
        found[name] = found.get(name, "") + entry
    return found


def cpu_torch(pin: str) -> str:
    """The lock entry of torch's CPU build: the present one if it is of this version (torch==…).

    Raises:
        BadInput: PyTorch's index does not answer, or has no such version.
    """
    present = entries((FOLDER / "torch-cpu.txt").read_text(encoding="utf-8"))["torch"]
    if present.startswith(f"{pin} "):
        return present
    try:
        with urllib.request.urlopen(CPU_WHEELS, timeout=30) as page:
            links = re.findall(r"([^\"/]+\.whl)#sha256=([0-9a-f]{64})", page.read().decode())
    except OSError as error:
        raise BadInput(f"{CPU_WHEELS}: {error}; the locks are as they were.") from None
    wanted = CPU_WHEEL.format(re.escape(pin.partition("==")[2]))
    hashes = sorted({digest for name, digest in links if re.match(wanted, unquote(name))})
    if not hashes:
        raise BadInput(f"{CPU_WHEELS} has no {pin}; the locks are as they were.")
    lines = [pin, *(f"--hash=sha256:{digest}" for digest in hashes)]
    return " \\\n    ".join(lines) + f"\n    # via -r {LIST}\n"


def write(name: str, packages: dict[str, str]) -> None:
    write_text(FOLDER / name, HEADER + "".join(packages.values()))


if __name__ == "__main__":
    exit_on_bad_input(main)
