"""Build dist/fer2013-….whl: a trained model, the face detector and the code for predictions.

    make wheel

The wheel contains fer2013/predict and what it imports, and the model's ONNX files, which also name
the commit in their metadata. The model's weights are enough (`make pull`).
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fer2013.export.graph import add_metadata
from fer2013.export.quantize import quantize
from fer2013.predict.loading import DEFAULT
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import atomic_write, refuse_others
from tools.onnx_file import write_model
from tools.repository import git

CODE = (
    "fer2013/__init__.py",
    "fer2013/__main__.py",
    "fer2013/py.typed",
    "fer2013/core/__init__.py",
    "fer2013/core/constants.py",
    "fer2013/data/__init__.py",
    "fer2013/data/csv_rows.py",
    "fer2013/runtime/__init__.py",
    "fer2013/runtime/errors.py",
    "fer2013/runtime/files.py",
)
FILES = {
    "LICENSE": "LICENSE",
    "docs/use_a_model.md": "README.md",
    "pyproject.toml": "pyproject.toml",
}
NEEDS_TORCH = "torch_backend.py"
DIST = Path("dist")
MARK = "fer2013/predict/__init__.py"  # a name that a wheel holds as it is


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    with tempfile.TemporaryDirectory() as folder:
        copy_sources(Path(folder) / "source", Path("models") / model)
        built = build(Path(folder) / "source", Path(folder) / "built")
        wheel = DIST / built.name
        refuse_others(wheel, MARK)
        with atomic_write(wheel) as part:
            shutil.copyfile(built, part)
    print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB. Try it: pip install {wheel}")


def copy_sources(target: Path, model: Path) -> None:
    """Copy the files of the wheel into a folder.

    Raises:
        BadInput: there are neither weights nor an exported file.
    """
    for name in CODE:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, target / name)
    ignored = shutil.ignore_patterns("__pycache__", NEEDS_TORCH)
    shutil.copytree("fer2013/predict", target / "fer2013/predict", ignore=ignored)
    models = target / "fer2013/predict/models"
    models.mkdir(exist_ok=True)
    exported, smaller = models / f"{model.name}.onnx", models / f"{model.name}_int8.onnx"
    write_model(model, exported)
    quantize(exported, smaller)
    for path in (exported, smaller):
        add_metadata(path, {"commit": commit()})
    for name, to in FILES.items():
        shutil.copy2(name, target / to)


def commit() -> str:
    done = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*")
    return done.stdout.strip() or "unknown"


def build(source: Path, target: Path) -> Path:
    """Build with the installed setuptools, without a package index."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*command, "--wheel-dir", str(target), str(source)], check=True)
    return next(target.glob("fer2013-*.whl"))


if __name__ == "__main__":
    exit_on_bad_input(main)
