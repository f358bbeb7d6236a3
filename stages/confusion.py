"""metrics/predictions/<model>.csv → metrics/confusion/<model>.png.

python -m stages.confusion resnet
"""

import sys
from pathlib import Path

from fer2013.confusion_picture import draw_confusion
from fer2013.errors import exit_on_bad_input
from fer2013.files import written_whole
from fer2013.predictions import read_predictions
from fer2013.wandb_runs import log_confusion, read_run_id, wandb_run


def main() -> None:
    model = sys.argv[1]
    predictions = read_predictions(Path("metrics/predictions") / f"{model}.csv")
    picture = Path("metrics/confusion") / f"{model}.png"
    with written_whole(picture) as part:
        draw_confusion(predictions.actual, predictions.predicted, model, part)
    with wandb_run(model, read_run_id(Path("models") / model / "run.json")) as run:
        if run is not None:
            log_confusion(run, picture)


if __name__ == "__main__":
    exit_on_bad_input(main)
