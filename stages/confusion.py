"""metrics/predictions/<model>.csv → metrics/confusion/<model>.png.

python -m stages.confusion resnet
"""

import sys
from pathlib import Path

import pandas as pd

from fer2013.confusion_picture import draw_confusion
from fer2013.errors import exit_on_bad_input
from fer2013.files import written_whole


def main() -> None:
    model = sys.argv[1]
    predictions = pd.read_csv(Path("metrics/predictions") / f"{model}.csv")
    with written_whole(Path("metrics/confusion") / f"{model}.png") as part:
        draw_confusion(predictions.actual, predictions.predicted, model, part)


if __name__ == "__main__":
    exit_on_bad_input(main)
