"""metrics/predictions/<model>.csv → metrics/confusion/<model>.png.

python -m stages.confusion resnet
"""

import sys
from pathlib import Path

from fer2013.reporting.pictures import draw_confusion
from fer2013.runtime.files import atomic_write
from fer2013.runtime.wandb_runs import log_confusion, read_run_id, wandb_run
from fer2013.scoring.result_files import read_predictions
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    predictions = read_predictions(Path("metrics/predictions") / f"{model}.csv")
    picture = Path("metrics/confusion") / f"{model}.png"
    with atomic_write(picture) as path:
        draw_confusion(predictions, model, path)
    with wandb_run(model, read_run_id(Path("models") / model / "run.json")) as run:
        if run is not None:
            log_confusion(run, picture)


if __name__ == "__main__":
    run_stage(main)
