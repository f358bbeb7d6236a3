"""Facial expression recognition on FER2013: the library that the pipeline's stages use.

    base        constants, typed sections of params.yaml, tensor files, seeds
    data        CSV → faces → split; statistics of the data; the built-in sample
    networks    the architectures, one file for each family
    model       all that a prediction needs: configuration, normalisation, inference, weights
    training    the training loop, with its batches, losses, optimizers and schedules
    scoring     scores, predictions, ensemble, submission
    reporting   leaderboard, cost, pictures
    runtime     errors, atomic writes, DVCLive, W&B: this code changes no byte of a result
    export      a trained model as an ONNX file
    predict     a trained model and a face detector, asked about pictures; needs no torch

The library does not depend on DVC's stages or on the layout of the repository; `stages/` knows
both. In dvc.yaml the stages depend on these folders. So a module may import only from runtime and
from the folders that are dependencies of every stage that uses the module.
"""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer2013.predict import Face, Model, load_model

__all__ = ["Face", "Model", "load_model"]

if sys.platform == "win32":
    sys.exit(
        "error: on Windows this runs in WSL only: install it with wsl --install, then clone and "
        "run it there."
    )


def __getattr__(name: str) -> Any:
    """Import what users ask for only then: stages import this package too, and need none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fer2013 import predict  # noqa: PLC0415

    return getattr(predict, name)
