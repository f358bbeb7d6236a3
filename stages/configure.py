"""params.yaml → models/<model>/config.yaml: the defaults merged with each model's own values."""

from pathlib import Path

from fer2013.core.config import resolve, write_section
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.files import atomic_write
from stages import run_stage


def main() -> None:
    params = read_yaml(PARAMS)
    configs = {model: resolve(params, model) for model in read_models(params)}
    for model, config in configs.items():
        with atomic_write(Path("models") / model / "config.yaml") as tmp:
            write_section(config, tmp)


if __name__ == "__main__":
    run_stage(main)
