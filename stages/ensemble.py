"""The members' probabilities and data/tensors → the ensemble's probabilities and scores.

    python -m stages.ensemble mentor resnet champion improved_cnn

It writes the same files as evaluate does for a model. The members are those of params.yaml;
dvc.yaml names them one by one, as the stage depends on the files of each. As for trained models,
models/ensemble/run.json holds the id of the W&B run.
"""

import sys
from pathlib import Path

from fer2013.core.constants import PARTS
from fer2013.core.device import prepare
from fer2013.core.parts import read_part
from fer2013.core.sections import PARAMS, read_section
from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import write_json
from fer2013.scoring.ensemble import CRITERION, Ensemble, mean_probabilities, read_member, run_id
from fer2013.scoring.scores import all_scores
from stages import run_stage
from stages.evaluate import log, write_results

NAME = "ensemble"


def main() -> None:
    ensemble = read_ensemble(declared=sys.argv[1:])
    prepare("cpu", threads=1)
    parts = {name: read_part(Path("data/tensors") / f"{name}.safetensors") for name in PARTS}
    probabilities = mean_probabilities(
        [
            read_member(
                Path(f"data/probabilities/{member}.safetensors"),
                Path(f"metrics/predictions/{member}.csv"),
                parts,
            )
            for member in ensemble.members
        ],
        ensemble.weights,
    )
    result = ensemble.model_dump() | all_scores(parts, probabilities, CRITERION)
    write_results(NAME, parts, probabilities, result)
    id_ = run_id(probabilities)
    write_json(Path("models") / NAME / "run.json", {"id": id_})
    log(NAME, id_, result)


def read_ensemble(declared: list[str]) -> Ensemble:
    """Read the members and their weights from params.yaml.

    Raises:
        BadInput: dvc.yaml names (`declared`) other members.
    """
    ensemble = read_section("ensemble", Ensemble)
    if declared != ensemble.members:
        raise BadInput(
            f"{PARAMS}: ensemble.members has {', '.join(ensemble.members)}, but the ensemble stage "
            f"of dvc.yaml gives {', '.join(declared) or 'none'}; it needs a line for each member."
        )
    return ensemble


if __name__ == "__main__":
    run_stage(main)
