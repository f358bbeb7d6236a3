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
CONFIG = "config.yaml"  # in a model's folder: how it was trained
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
        return OnnxBackend(name, threads)
    for folder in (name, IN_REPOSITORY / name):
        if (folder / CONFIG).is_file():
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
        if backend == "onnx" or not weights.exists():
            return exported
        if exported.description.details.get("weights") == file_hash(weights):
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
    return TorchBackend(weights, folder / CONFIG)


def available_models() -> list[str]:
    """The names of the models in this repository and in the installed package."""
    trained = {
        path.parent.name
        for name in ("weights.safetensors", "model.onnx")
        for path in IN_REPOSITORY.glob(f"*/{name}")
    }
    packaged = {path.stem.removesuffix("_int8") for path in PACKAGED.glob("*.onnx")}
    return sorted(trained | packaged) or ["none: run make pull first"]
