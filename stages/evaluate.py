"""Weights and data/tensors → probabilities, predictions and scores.

    python -m stages.evaluate resnet

One inference pass over every part. Scores exist where labels do; the official test parts are
scored once more without the faces that occur in Training ("clean").
"""

import sys
from pathlib import Path

from safetensors.torch import save_file

from fer2013.base.constants import PARTS
from fer2013.base.parts import read_part
from fer2013.model.device import placed, prepare_device
from fer2013.model.inference import predict
from fer2013.model.weights import load_network
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import write_json, written_whole
from fer2013.runtime.wandb_runs import log_scores, read_run_id, wandb_run
from fer2013.scoring.evaluation import all_scores, write_predictions
from fer2013.training.config import read_config
from fer2013.training.losses import build_criterion
from fer2013.training.resume import delete_saved


def main() -> None:
    model = sys.argv[1]
    config = read_config(Path("models") / model / "config.yaml")
    network, epoch = load_network(config.network, Path("models") / model / "weights.safetensors")
    device = prepare_device(config.train.device, config.train.threads)
    network = placed(network, config.train, device)
    parts = {name: read_part(Path("data/tensors") / f"{name}.safetensors") for name in PARTS}
    probabilities = {name: predict(network, part.faces, config) for name, part in parts.items()}
    trained_on = parts["train"].for_training(config.train)
    criterion = build_criterion(config.loss, trained_on.labels)
    result = {"epoch": epoch, "trained_on": len(trained_on)}
    result |= all_scores(parts, probabilities, criterion)
    with written_whole(Path("data/probabilities") / f"{model}.safetensors") as target:
        save_file(probabilities, target)
    write_predictions(parts["val"], probabilities["val"], Path(f"metrics/predictions/{model}.csv"))
    write_json(Path(f"metrics/scores/{model}.json"), result)
    run_id = read_run_id(Path("models") / model / "run.json")
    with wandb_run(model, run_id, config) as run:
        if run is not None:
            log_scores(run, result)
    delete_saved(Path("dvc.lock"))


if __name__ == "__main__":
    exit_on_bad_input(main)
