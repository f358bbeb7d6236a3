"""Why does the published ViT collapse to one class? One training run for each variant.

    python -m benchmarks.vit_collapse both            prints the variant's scores as a line of CSV
    python -m benchmarks.vit_collapse --list          the variants

Each variant is vit_published with the changes below, on one thread, for six epochs. It needs the
real data's tensors (dvc repro tensors).
"""

import sys
from pathlib import Path
from typing import Any

import torch

from fer2013.core.config import Config, merge, resolve
from fer2013.core.constants import CLASSES
from fer2013.core.inference import Predictor
from fer2013.core.loop import train
from fer2013.core.metrics import accuracy, macro_f1
from fer2013.core.networks import build
from fer2013.core.parts import read_part
from fer2013.core.sections import PARAMS, check, read_yaml
from fer2013.runtime.resume_file import ResumeFile
from fer2013.scoring.scores import collapse

EPOCHS = 6
SHUFFLED = {"sampler": {"name": "shuffled"}}
UNWEIGHTED = {"loss": {"class_weights": "none"}}
WARMUP = {"schedule": {"name": "warmup_cosine", "warmup": 1}}
POSITIONS = {"network": {"token_std": 1.0}}
VARIANTS: dict[str, dict[str, Any]] = {
    "both": {},
    "sampler": UNWEIGHTED,
    "weights": SHUFFLED,
    "none": UNWEIGHTED | SHUFFLED,
    "both with warm-up": WARMUP,
    "both with large positions": POSITIONS,
    "none with large positions": UNWEIGHTED | SHUFFLED | POSITIONS,
}


def main() -> None:
    name = sys.argv[1]
    if name == "--list":
        print("\n".join(VARIANTS))
        return
    published = resolve(read_yaml(PARAMS), "vit_published").model_dump()
    changes = merge(VARIANTS[name], {"train": {"epochs": EPOCHS, "threads": 1}})
    config = check(Config, merge(published, changes), name)
    parts = [read_part(Path(f"data/tensors/{part}.safetensors")) for part in ("train", "val")]
    resume = ResumeFile(f"vit_collapse-{name.replace(' ', '_')}")
    trained = train(config, config.train.prepare(), parts[0], parts[1], resume)
    network = build(config.network)
    network.load_state_dict(trained.weights)
    val = parts[1]
    predictor = Predictor(network, config.normalize, config.evaluate)
    predicted = predictor.probabilities(val.faces).argmax(dim=1)
    fractions = torch.bincount(predicted, minlength=len(CLASSES)) / len(predicted)
    largest = int(fractions.argmax())
    print(
        f'"{name}",{trained.epoch},{accuracy(predicted, val.labels):.4f}'
        f",{macro_f1(predicted, val.labels):.4f},{CLASSES[largest]},{fractions[largest]:.3f}"
        f",{len(collapse(predicted, val.labels)['lost_classes'])}"
    )


if __name__ == "__main__":
    main()
