"""Facial expression recognition on FER2013: the library that the pipeline's stages use.

    core        what a training is: configuration, seeds, device, data in memory, loop and steps,
                losses, optimizers, resume, several processes; normalisation, inference, weights
    networks    the architectures, one file for each family
    data        CSV → faces → split; statistics of the data; the built-in sample
    scoring     scores, predictions, ensemble, submission
    reporting   leaderboard, cost, pictures
    runtime     errors, atomic writes, DVCLive, W&B: this code changes no byte of a result
    export      a trained model as an ONNX file
    predict     a trained model and a face detector, asked about pictures; needs no torch

The library does not depend on DVC's stages or on the layout of the repository; `stages/` knows
both. In dvc.yaml the stages depend on these folders. So a module may import only from runtime and
from the folders that are dependencies of every stage that uses the module.
"""

import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer2013.predict.loading import load_model
    from fer2013.predict.model import Face, Model

__all__ = ["Face", "Model", "load_model"]

# Unless this is set when onnxruntime (1.29 and later) is imported, that leaves an identifier in the
# user's cache folder, which a thread soon sends to Microsoft with what machine this is.
if "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
    warnings.warn(
        "onnxruntime was imported before fer2013, so its telemetry can no longer be switched off "
        "in this process; import fer2013 first, or set ORT_DISABLE_TELEMETRY=1 before.",
        stacklevel=2,
    )
os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def __getattr__(name: str) -> Any:
    """Import load_model, Model and Face when they are first used: the stages do not need them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fer2013.predict import loading, model  # noqa: PLC0415

    return {"Face": model.Face, "Model": model.Model, "load_model": loading.load_model}[name]
