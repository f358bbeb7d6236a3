"""Weights → models/<model>/model.onnx, model_int8.onnx and metrics/export/<model>.json.

    python -m stages.export champion

The float32 file must give each validation face the same probabilities as evaluation, to 1e-4. The
files' metadata are the model's name, classes and validation scores, and the hashes of its weights
and of the validation faces.
"""

import hashlib
import sys
from pathlib import Path

from fer2013.core.inference import Predictor, read_model_config
from fer2013.core.networks import load_network
from fer2013.core.parts import Part, read_part
from fer2013.core.tensor_files import read_tensors
from fer2013.export.graph import compare, require_equal, write_onnx
from fer2013.export.quantize import quantize
from fer2013.predict.description import Description
from fer2013.predict.onnx_backend import OnnxBackend
from fer2013.predict.torch_backend import read_scores
from fer2013.runtime.files import atomic_write, file_hash, write_json
from fer2013.runtime.recorded import require_one_run
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    folder = Path("models") / model
    val = read_part(Path("data/tensors/val.safetensors"))
    expected = read_tensors(Path(f"data/probabilities/{model}.safetensors"))[0]["val"]
    config = read_model_config(folder / "config.yaml")
    require_one_run(folder)  # else the file would carry other weights' scores
    network, _ = load_network(config.network, folder / "weights.safetensors")
    predictor = Predictor(network, config.normalize, config.evaluate)
    description = Description(model, read_scores(folder), details(folder, val))
    result = {}
    with (
        atomic_write(folder / "model.onnx") as exported,
        atomic_write(folder / "model_int8.onnx") as smaller,
    ):
        write_onnx(predictor, description.as_metadata(), exported)
        quantize(exported, smaller)
        for name, path in (("float32", exported), ("int8", smaller)):
            found = OnnxBackend(path, config.train.threads).probabilities(val.faces.numpy())
            result[name] = compare(found, expected.numpy(), val.labels.numpy(), path)
        require_equal(result["float32"], folder / "model.onnx")
    write_json(Path(f"metrics/export/{model}.json"), result)


def details(folder: Path, val: Part) -> dict[str, str]:
    """SHA-256 of the weights, and of the validation faces with their labels."""
    faces = hashlib.sha256(val.faces.numpy().tobytes() + val.labels.numpy().tobytes())
    weights = file_hash(folder / "weights.safetensors")
    return {"weights": weights, "validation_faces": faces.hexdigest()}


if __name__ == "__main__":
    run_stage(main)
