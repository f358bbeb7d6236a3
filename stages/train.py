"""data/tensors → models/<model>/weights.safetensors and metrics/epochs/<model>.tsv.

    python -m stages.train resnet

Beside them it leaves models/<model>/run.json, the run's id for the stages that report to W&B, and
metrics/live/<model>, what DVCLive's viewers show.
"""

import sys
from pathlib import Path

import pandas as pd

from fer2013.checkpoint import ResumeFile, fingerprint
from fer2013.config import read_config
from fer2013.errors import exit_on_bad_input
from fer2013.files import write_json, written_whole
from fer2013.parts import read_part
from fer2013.tracking import epoch_log
from fer2013.training import Epoch, train
from fer2013.weights import save_weights

COLUMNS = [
    "epoch",
    "lr",
    "train_loss",
    "train_accuracy",
    "train_macro_f1",
    "val_loss",
    "val_accuracy",
    "val_macro_f1",
]


def main() -> None:
    model = sys.argv[1]
    config = read_config(Path("models") / model / "config.yaml")
    files = [Path("data/tensors/train.safetensors"), Path("data/tensors/val.safetensors")]
    train_part, val_part = map(read_part, files)
    run_id = fingerprint(config, files)
    resume = ResumeFile(run_id)
    with resume.locked():
        with epoch_log(Path("metrics/live") / model, model, run_id, config) as on_epoch:
            trained = train(config, train_part, val_part, resume, on_epoch)
        write_json(Path("models") / model / "run.json", {"id": run_id})
        save_weights(trained.weights, trained.epoch, Path("models") / model / "weights.safetensors")
        write_history(trained.history, Path("metrics/epochs") / f"{model}.tsv")
        resume.delete()


def write_history(history: list[Epoch], target: Path) -> None:
    with written_whole(target) as part:
        pd.DataFrame(history, columns=COLUMNS).to_csv(
            part, sep="\t", index=False, float_format="%.6g", lineterminator="\n"
        )


if __name__ == "__main__":
    exit_on_bad_input(main)
