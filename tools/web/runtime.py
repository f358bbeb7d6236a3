"""onnxruntime-web, fetched by npm in the version and with the hash of package-lock.json."""

import json
import shutil
import subprocess
from pathlib import Path

from fer2013.runtime.errors import BadInput

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules"
PACKAGE = "node_modules/onnxruntime-web"
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")  # the rest is for GPUs and node


def fetch_runtime(target: Path) -> None:
    """Copy the package's files that the page needs into a new folder.

    Raises:
        BadInput: npm is missing, or fails.
    """
    if not is_installed():
        install()
    target.mkdir()
    for name in FILES:
        shutil.copyfile(HERE / PACKAGE / "dist" / name, target / name)


def is_installed() -> bool:
    """Did npm finish, and with the package that is locked now?"""
    done = INSTALLED / ".package-lock.json"
    return done.exists() and integrity(done) == integrity(HERE / "package-lock.json")


def integrity(lock: Path) -> str:
    found: str = json.loads(lock.read_text(encoding="utf-8"))["packages"][PACKAGE]["integrity"]
    return found


def install() -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BadInput("npm is missing, which fetches onnxruntime-web; install Node.js.") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise BadInput(f"npm ci failed in tools/web ({lines[0]}); check the network.")
