"""Facial expression recognition on FER2013: the parts that the pipeline's stages share.

    base        constants, typed sections of params.yaml, tensor files, seeds
    data        CSV → faces → split; what is in them; the built-in sample
    networks    architectures alone, a family a file
    model       all that a prediction needs: configuration, normalisation, inference, weights
    training    the loop, and everything that it loops over
    scoring     scores, predictions, ensemble, submission
    reporting   leaderboard, cost, pictures
    runtime     errors, atomic writes, DVCLive, W&B: nothing here changes a byte of a result
    export      a trained model as an ONNX file
    predict     a trained model and a face detector, asked about pictures; needs no torch

Nothing here knows of DVC stages or of where files lie; `stages/` does. A folder is also what a
stage depends on in dvc.yaml, so a module may import from the folders that its stages declare, and
from runtime.
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
