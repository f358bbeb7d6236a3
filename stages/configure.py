"""params.yaml → models/<model>/config.yaml: the defaults merged with each model's own values.

Beside it, with what other stages depend on, so that no change makes more of them run than it
concerns: data/recipes/<model>.yaml, which training reads, and data/networks.yaml for overfit.
"""

from pathlib import Path

import yaml

from fer2013.core.config import resolve, write_section
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.files import atomic_write, write_text
from stages import run_stage


def main() -> None:
    params = read_yaml(PARAMS)
    configs = {model: resolve(params, model) for model in read_models(params)}
    with atomic_write(Path("data/recipes")) as folder:
        folder.mkdir()
        for model, config in configs.items():
            write_section(config.for_training(), folder / f"{model}.yaml")
    networks = {model: config.network for model, config in configs.items()}
    write_text(Path("data/networks.yaml"), yaml.safe_dump(networks, sort_keys=False))
    for model, config in configs.items():
        with atomic_write(Path("models") / model / "config.yaml") as path:
            write_section(config, path)


if __name__ == "__main__":
    run_stage(main)
