"""onnxruntime-web, fetched by npm in one version, whose hash is checked."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from fer2013.runtime.errors import BadInput

PACKAGE = "onnxruntime-web@1.30.0"
SHA512 = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")  # the rest is for GPUs and node


def fetch_runtime(target: Path) -> None:
    """Write the package's files that the page needs into a new folder; npm keeps them in its cache.

    Raises:
        BadInput: npm is missing or fails, or brings another package.
    """
    command = ["npm", "pack", PACKAGE, "--loglevel=error", "--prefer-offline"]
    with TemporaryDirectory() as folder:
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise BadInput("npm is missing, which fetches onnxruntime-web; install it.") from None
        if done.returncode:
            why = " ".join(done.stderr.split())
            raise BadInput(f"npm cannot fetch {PACKAGE} ({why}); check the network.")
        (path,) = Path(folder).glob("*.tgz")
        if base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() != SHA512:
            raise BadInput(f"npm fetched another {PACKAGE} than tools/web/runtime.py names.")
        shutil.unpack_archive(path, folder, filter="data")
        target.mkdir()
        for name in FILES:
            shutil.copyfile(Path(folder) / "package/dist" / name, target / name)
