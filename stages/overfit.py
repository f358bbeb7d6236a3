"""A few training faces → metrics/overfit.json: can each model's network memorise them?"""

from pathlib import Path

from fer2013.core.overfitting import Overfit, overfit
from fer2013.core.parts import read_part
from fer2013.core.sections import read_section, read_yaml
from fer2013.runtime.files import write_json
from stages import run_stage


def main() -> None:
    part = read_part(Path("data/tensors/train.safetensors"))
    options = read_section("overfit", Overfit)
    networks = read_yaml(Path("data/networks.yaml"))
    results = {model: overfit(network, part, options) for model, network in networks.items()}
    write_json(Path("metrics/overfit.json"), results)


if __name__ == "__main__":
    run_stage(main)
