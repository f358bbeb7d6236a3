"""Log a model's committed result to W&B.

    make wandb-log MODEL=resnet

Training and evaluation log to W&B when they run. When DVC
restores a result from its run cache, no stage runs, so nothing is logged.
"""

import sys
from pathlib import Path

from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.recorded import require_one_run
from fer2013.runtime.wandb_runs import (
    enabled,
    log_confusion,
    log_epoch,
    log_scores,
    read_run_id,
    wandb_run,
)
from fer2013.scoring.result_files import read_epochs, read_scores


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1]:
        raise BadInput("say which model's result: make wandb-log MODEL=resnet")
    if not enabled():
        raise BadInput("W&B is disabled; set WANDB_MODE=online (or offline) in the environment.")
    model = sys.argv[1]
    files = {
        "config": Path("models") / model / "config.yaml",
        "run": Path("models") / model / "run.json",
        "epochs": Path("metrics/epochs") / f"{model}.tsv",
        "scores": Path("metrics/scores") / f"{model}.json",
        "confusion": Path("metrics/confusion") / f"{model}.png",
    }
    if model == "ensemble":  # it is not trained
        del files["config"], files["epochs"]
    for path in files.values():
        if not path.exists():
            raise BadInput(f"{path} is missing; run dvc repro evaluate_{model} first.")
    config = read_yaml(files["config"]) if "config" in files else None
    if config is not None:
        require_one_run(Path("models") / model)
    epochs = read_epochs(files["epochs"]) if "epochs" in files else []
    scores = read_scores(files["scores"])
    with wandb_run(model, read_run_id(files["run"]), config) as run:
        for row in epochs:
            log_epoch(run, row)
        log_scores(run, scores)
        log_confusion(run, files["confusion"])
    print(f"{model}'s result is in the W&B run {run.id}.")


if __name__ == "__main__":
    exit_on_bad_input(main)
