"""Build dist/fer2013-….whl: a trained model, the face detector and the code for predictions.

    make wheel

The wheel contains fer2013/predict and what it imports. The model's ONNX files must have been
exported (`dvc repro export_champion`); the wheel's copies also name the commit in their metadata.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fer2013.export.metadata import add_metadata
from fer2013.predict.loading import DEFAULT, file_hash
from fer2013.predict.onnx_backend import OnnxBackend
from fer2013.runtime.errors import BadInput, exit_on_bad_input

CODE = (
    "fer2013/__init__.py",
    "fer2013/__main__.py",
    "fer2013/py.typed",
    "fer2013/base/__init__.py",
    "fer2013/base/constants.py",
    "fer2013/data/__init__.py",
    "fer2013/data/pixels.py",
    "fer2013/runtime/__init__.py",
    "fer2013/runtime/errors.py",
    "fer2013/runtime/files.py",
)
MAX_BYTES = 15_000_000
NEEDS_TORCH = "torch_backend.py"
DIST = Path("dist")


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder), Path("models") / model)
        wheel = build(Path(folder), DIST)
    size = wheel.stat().st_size
    if size > MAX_BYTES:
        raise BadInput(f"{wheel} has {size:,} bytes, more than the allowed {MAX_BYTES:,}.")
    print(f"{wheel}: {size / 1e6:.1f} MB. Try it: pip install {wheel}")


def copy_sources(target: Path, model: Path) -> None:
    """Copy the files of the wheel into a folder.

    Raises:
        BadInput: the model has not been exported, or its weights have changed since.
    """
    for name in CODE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, target / name)
    ignored = shutil.ignore_patterns("__pycache__", NEEDS_TORCH)
    shutil.copytree("fer2013/predict", target / "fer2013/predict", ignore=ignored)
    (target / "fer2013/predict/models").mkdir(exist_ok=True)
    for name, ending in (("model", ""), ("model_int8", "_int8")):
        source = model / f"{name}.onnx"
        check(source)
        copy = target / f"fer2013/predict/models/{model.name}{ending}.onnx"
        shutil.copy2(source, copy)
        add_metadata(copy, {"commit": commit()})
    shutil.copy2("LICENSE", target)
    shutil.copy2("docs/use_a_model.md", target / "README.md")
    shutil.copy2("tools/wheel/pyproject.toml", target)


def check(exported: Path) -> None:
    export = f"run dvc repro export_{exported.parent.name}"
    if not exported.exists():
        raise BadInput(f"{exported} is missing; {export}.")
    weights = exported.parent / "weights.safetensors"
    details = OnnxBackend(exported).description.details
    if weights.exists() and details.get("weights") != file_hash(weights):
        raise BadInput(f"{exported} was exported from other weights than {weights}; {export}.")


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def build(source: Path, target: Path) -> Path:
    """Build with the installed setuptools, without a package index."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*command, "--wheel-dir", str(target), str(source)], check=True)
    return max(target.glob("fer2013-*.whl"), key=lambda wheel: wheel.stat().st_mtime)


if __name__ == "__main__":
    exit_on_bad_input(main)
