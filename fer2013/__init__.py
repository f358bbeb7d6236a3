"""Facial expression recognition on FER2013: the parts that the pipeline's stages share.

    base        constants, typed sections of params.yaml, tensor files, seeds
    data        CSV → faces → split; what is in them; the built-in sample
    networks    architectures alone, a family a file
    model       all that a prediction needs: configuration, normalisation, inference, weights
    training    the loop, and everything that it loops over
    scoring     scores, predictions, ensemble, submission
    reporting   leaderboard, cost, pictures
    runtime     errors, atomic writes, DVCLive, W&B: nothing here changes a byte of a result

Nothing here knows of DVC stages or of where files lie; `stages/` does. A folder is also what a
stage depends on in dvc.yaml, so a module may import from the folders that its stages declare, and
from runtime.
"""

import sys

if sys.platform == "win32":
    sys.exit(
        "error: on Windows this runs in WSL only: install it with wsl --install, then clone and "
        "run it there."
    )
