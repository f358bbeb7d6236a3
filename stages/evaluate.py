"""Weights and data/tensors → probabilities, predictions and scores.

    python -m stages.evaluate resnet

It predicts all faces of every part, and scores the parts with labels. The official test parts are
also scored without the faces that are identical to one in Training, and without all that have a
copy there, identical or near ("clean"). The scores repeat the
entry `computed_on` of run.json, as run.json is not in git.
"""

import sys
from pathlib import Path

from fer2013.core.constants import PARTS
from fer2013.core.device import prepare
from fer2013.core.inference import Predictor
from fer2013.core.losses import LossSection
from fer2013.core.model_config import ModelConfig
from fer2013.core.parts import read_part
from fer2013.core.sections import check, read_yaml
from fer2013.core.tensor_files import write_tensors
from fer2013.core.weights import load_network
from fer2013.runtime.files import write_json
from fer2013.runtime.resume_file import delete_recorded
from fer2013.runtime.wandb_runs import log_scores, read_run, wandb_run
from fer2013.scoring.scores import all_scores, write_predictions
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    folder = Path("models") / model
    path = folder / "config.yaml"
    values = read_yaml(path)
    config = check(ModelConfig, values, str(path))
    loss = check(LossSection, values, str(path)).loss
    network, epoch = load_network(config.network, folder / "weights.safetensors")
    train = config.train
    compute = prepare(train.device, train.threads, channels_last=train.channels_last)
    network = compute.place(network)
    predictor = Predictor(network, config.normalize, config.evaluate, compute)
    parts = {name: read_part(Path("data/tensors") / f"{name}.safetensors") for name in PARTS}
    probabilities = {name: predictor.probabilities(part.faces) for name, part in parts.items()}
    criterion = loss.criterion(parts["train"].labels)
    run = read_run(folder / "run.json")
    result = {"epoch": epoch, "trained_on": len(parts["train"])}
    if "computed_on" in run:
        result["computed_on"] = run["computed_on"]
    result |= all_scores(parts, probabilities, criterion)
    write_tensors(probabilities, Path(f"data/probabilities/{model}.safetensors"))
    write_predictions(parts["val"], probabilities["val"], Path(f"metrics/predictions/{model}.csv"))
    write_json(Path(f"metrics/scores/{model}.json"), result)
    with wandb_run(model, run["id"], values) as wandb:
        if wandb is not None:
            log_scores(wandb, result)
    delete_recorded(Path("dvc.lock"))


if __name__ == "__main__":
    run_stage(main)
