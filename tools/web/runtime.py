"""onnxruntime-web, fetched by npm in one version, whose hash is checked."""

import base64
import hashlib
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from fer2013.runtime.errors import BadInput

PACKAGE = "onnxruntime-web@1.30.0"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")  # the rest is for GPUs and node


def fetch_runtime(target: Path) -> None:
    """Write the package's files that the page needs into a new folder.

    Raises:
        BadInput: npm is missing or fails, or brings another package.
    """
    target.mkdir()
    with TemporaryDirectory() as folder, tarfile.open(download(Path(folder))) as archive:
        for name in FILES:
            file = archive.extractfile(f"package/dist/{name}")
            assert file is not None
            (target / name).write_bytes(file.read())


def download(folder: Path) -> Path:
    """Download the package into a folder; npm keeps it in its cache."""
    command = ["npm", "pack", PACKAGE, "--loglevel=error", "--prefer-offline"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BadInput("npm is missing, which fetches onnxruntime-web; install Node.js.") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BadInput(f"npm cannot fetch {PACKAGE} ({lines[0]}); check the network.")
    (path,) = folder.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() != SHA512:
        raise BadInput(f"npm fetched another {PACKAGE} than tools/web/runtime.py names.")
    return path
