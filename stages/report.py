"""metrics/predictions/<model>.csv → metrics/reports/<model>.json, by scikit-learn.

    python -m stages.report improved_cnn

The published improved_cnn was evaluated with scikit-learn, the other models with torchmetrics. Here
all models have scores by torchmetrics; this adds scikit-learn's, to compare with the published.
"""

import sys
from pathlib import Path

from sklearn.metrics import classification_report, confusion_matrix

from fer2013.core.constants import CLASSES
from fer2013.runtime.files import write_json
from fer2013.scoring.result_files import read_predictions
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    table = read_predictions(Path("metrics/predictions") / f"{model}.csv")
    report = classification_report(
        table.actual, table.predicted, labels=CLASSES, output_dict=True, zero_division=0
    )
    report["confusion_matrix"] = confusion_matrix(
        table.actual, table.predicted, labels=CLASSES
    ).tolist()
    write_json(Path("metrics/reports") / f"{model}.json", report)


if __name__ == "__main__":
    run_stage(main)
