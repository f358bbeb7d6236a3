"""Load a model by its name, folder or file."""

import os
from pathlib import Path
from typing import Literal

from fer2013.predict.detection import Detector
from fer2013.predict.model import Backend, Model
from fer2013.predict.onnx_backend import OnnxBackend
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import file_hash

PACKAGED = Path(__file__).parent / "models"  # in the wheel
IN_REPOSITORY = Path(__file__).parents[2] / "models"
DEFAULT = "champion"


def load_model(
    name: str | os.PathLike[str] = DEFAULT,
    *,
    int8: bool = False,
    backend: Literal["auto", "onnx", "torch"] = "auto",
    threads: int | None = None,
) -> Model:
    """Load a trained model.

    Args:
        name: a model of this repository or of the installed package; or the path of a model's
            folder (config.yaml with weights.safetensors or model.onnx), or of an ONNX file that
            was exported from one.
        int8: use the file with 8-bit weights, which has a quarter of the size.
        backend: auto uses onnxruntime if there is an ONNX file of these weights, else torch.
        threads: the number of onnxruntime's threads, by default one per core.

    Raises:
        BadInput: there is no such model, or its files are missing or damaged.
    """
    return Model(find_backend(Path(name), int8, backend, threads), Detector(threads))


def find_backend(name: Path, int8: bool, backend: str, threads: int | None) -> Backend:
    if name.suffix == ".onnx":
        return OnnxBackend(_existing(name), threads)
    folder = next((path for path in (name, IN_REPOSITORY / name) if _is_model(path)), None)
    if folder is not None:
        return backend_of_folder(folder.resolve(), int8, backend, threads)
    packaged = PACKAGED / f"{name}{'_int8' if int8 else ''}.onnx"
    if packaged.exists() and backend != "torch":
        return OnnxBackend(packaged, threads)
    raise BadInput(f"there is no model {name}; choose one of {', '.join(available_models())}.")


def backend_of_folder(folder: Path, int8: bool, backend: str, threads: int | None) -> Backend:
    onnx = folder / ("model_int8.onnx" if int8 else "model.onnx")
    weights = folder / "weights.safetensors"
    if backend != "torch" and onnx.exists():
        exported = OnnxBackend(onnx, threads)
        if backend == "onnx" or not weights.exists() or _was_exported_from(exported, weights):
            return exported
    export = f"run python -m stages.export {folder.name}"
    if int8 or backend == "onnx":
        raise BadInput(f"{onnx} is missing or was exported from other weights; {export}.")
    if not weights.exists():
        raise BadInput(f"{weights} is missing; run make pull, or dvc repro train_{folder.name}.")
    try:  # not at the top: importing torch takes seconds, and the wheel works without it
        from fer2013.predict.torch_backend import TorchBackend  # noqa: PLC0415
    except ImportError:
        raise BadInput(f"{folder} has no ONNX file of its weights; in a clone, {export}.") from None
    return TorchBackend(folder)


def available_models() -> list[str]:
    """The names of the models in this repository and in the installed package."""
    folders = [path.parent for path in IN_REPOSITORY.glob("*/config.yaml")]
    trained = {
        folder.name
        for folder in folders
        if (folder / "weights.safetensors").exists() or (folder / "model.onnx").exists()
    }
    packaged = {path.stem.removesuffix("_int8") for path in PACKAGED.glob("*.onnx")}
    return sorted(trained | packaged) or ["none: run make pull first"]


def _was_exported_from(exported: OnnxBackend, weights: Path) -> bool:
    return exported.description.details.get("weights") == file_hash(weights)


def _is_model(folder: Path) -> bool:
    return (folder / "config.yaml").is_file()


def _existing(path: Path) -> Path:
    if not path.exists():
        raise BadInput(f"{path} is missing; check the path.")
    return path
