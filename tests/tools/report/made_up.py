"""A folder with invented results of three models and their ensemble, on faces of the sample."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from fer2013.core.config import resolve, write_section
from fer2013.core.constants import CLASSES, SIDE
from fer2013.core.losses import cross_entropy
from fer2013.core.parts import Part
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.data.sample import draw_data_set
from fer2013.runtime.files import write_json, write_text
from fer2013.scoring.confusion import draw_confusion
from fer2013.scoring.result_files import read_predictions
from fer2013.scoring.scores import scores, write_predictions
from stages import compare

MODELS = {"resnet": 3.0, "basic_cnn": 1.0, "vit": 0.3}  # how strongly a model feels the label
FACES = 140
EPOCHS = 5
COLUMNS = ("loss", "accuracy", "macro_f1")


def make_up(rng: np.random.Generator) -> None:
    """Write results into the current folder, which has the repository's params.yaml."""
    part = draw_part()
    save_file(vars(part), made("data/tensors/val.safetensors"))
    by_model = {
        model: made_up_probabilities(part, strength, rng) for model, strength in MODELS.items()
    }
    for model, probabilities in by_model.items():
        configuration = Path("models") / model / "config.yaml"
        write_section(resolve(read_yaml(Path(PARAMS)), model), made(configuration))
        write_epochs(model, rng)
        evaluate(model, part, probabilities, {"epoch": 3, "trained_on": 1000})
    mean = torch.stack([by_model["resnet"], by_model["vit"]]).mean(dim=0)
    evaluate("ensemble", part, mean, {"members": ["resnet", "vit"]})
    write_json(Path("metrics/data.json"), data_report())
    compare.main()


def made(path: Path | str) -> Path:
    """The path, its folder made."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Path(path)


def draw_part() -> Part:
    faces, labels, _ = draw_data_set(FACES, 7, seed=0)
    flags = torch.zeros(FACES, dtype=torch.bool)
    return Part(
        torch.tensor(np.array(faces)).reshape(FACES, 1, SIDE, SIDE),
        torch.tensor(np.array(labels)).long(),
        torch.arange(FACES) * 10,
        flags.clone(),
        flags.clone(),
        ~flags,
        ~flags,
    )


def made_up_probabilities(part: Part, strength: float, rng: np.random.Generator) -> torch.Tensor:
    logits = rng.normal(0, 1.5, (FACES, len(CLASSES)))
    logits[np.arange(FACES), part.labels] += strength
    return torch.tensor(logits).softmax(dim=1).float()


def evaluate(model: str, part: Part, probabilities: torch.Tensor, about: dict[str, Any]) -> None:
    """Write what the evaluate stage does."""
    result = scores(probabilities, part.labels, cross_entropy(torch.ones(len(CLASSES))))
    write_json(
        Path(f"metrics/scores/{model}.json"),
        about | {"train": result, "val": result, "private_test": result | {"clean": result}},
    )
    write_predictions(part, probabilities, Path(f"metrics/predictions/{model}.csv"))
    confusion = made(f"metrics/confusion/{model}.png")
    draw_confusion(read_predictions(Path(f"metrics/predictions/{model}.csv")), model, confusion)
    save_file({"val": probabilities}, made(f"data/probabilities/{model}.safetensors"))


def write_epochs(model: str, rng: np.random.Generator) -> None:
    names = [f"{part}_{name}" for part in ("train", "val") for name in COLUMNS]
    lines = ["\t".join(["epoch", "lr", *names])]
    for epoch in range(1, EPOCHS + 1):
        lines.append("\t".join(map(str, [epoch, 0.001, *rng.uniform(0.2, 0.9, 6).round(6)])))
    write_text(Path(f"metrics/epochs/{model}.tsv"), "\n".join(lines) + "\n")


def data_report() -> dict[str, Any]:
    duplicates = ("groups", "surplus_rows", "groups_with_conflicting_labels")
    return {
        "rows": 147,
        "dropped_rows": 4,
        "usage": {"Training": 140, "PublicTest": 0, "PrivateTest": 0, "Unlabelled": 7},
        "training": {
            "per_class": dict.fromkeys(CLASSES, 20),
            "blank": 1,
            "identical": dict.fromkeys(duplicates, 2) | {"rows_with_conflicting_labels": 3},
            "identical_or_near": dict.fromkeys(duplicates, 5) | {"rows_with_conflicting_labels": 7},
        },
        "test_rows_with_copy_in_training": {
            "identical": {"PublicTest": 0, "PrivateTest": 0, "Unlabelled": 2},
            "identical_or_near": {"PublicTest": 0, "PrivateTest": 0, "Unlabelled": 4},
        },
    }
