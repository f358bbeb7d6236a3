"""A few training faces → metrics/overfit/<model>.json: can the network memorise them?

python -m stages.overfit resnet
"""

import sys
from pathlib import Path

from fer2013.core.overfitting import Overfit, overfit
from fer2013.core.parts import read_part
from fer2013.core.sections import read_section, read_yaml
from fer2013.runtime.files import write_json
from stages import run_stage


def main() -> None:
    model = sys.argv[1]
    network = read_yaml(Path("models") / model / "config.yaml")["network"]
    part = read_part(Path("data/tensors/train.safetensors"))
    result = overfit(network, part, read_section("overfit", Overfit))
    write_json(Path("metrics/overfit") / f"{model}.json", result)


if __name__ == "__main__":
    run_stage(main)
