"""Clone this repository into demo/ and run its main job there on the built-in sample.

    make demo

The committed results stay as they are: the clone starts without them.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from dvc.utils.hydra import apply_overrides

from fer2013.base.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import atomic_write

DEMO = Path("demo")
EPOCHS = 6  # of resnet, and of every other model that inherits the default
BATCH_SIZE = 16  # the sample is small: it takes small batches to have steps enough
EPOCHS_OF_OTHERS = 2  # they do not run unless asked for
STAGES = ["train_resnet", "evaluate_resnet", "confusion_resnet"]
REAL_RESULTS = ["dvc.lock", "metrics", "data/raw.dvc"]


def main() -> None:
    if not DEMO.exists():
        with atomic_write(DEMO) as folder:
            clone(folder)
    run("dvc", "repro", *STAGES)
    run("git", "add", "--all")
    if subprocess.run(["git", "diff", "--cached", "--quiet"], cwd=DEMO, check=False).returncode:
        run("git", "commit", "--quiet", "-m", "Train resnet on the built-in sample")
    tell()


def clone(folder: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", ".", str(folder)], check=True)
    run("git", "config", "user.name", "demo", folder=folder)
    run("git", "config", "user.email", "demo@localhost", folder=folder)
    run("git", "rm", "-r", "--quiet", "--ignore-unmatch", *REAL_RESULTS, folder=folder)
    message = "Start without the committed results"
    run("git", "commit", "--quiet", "--allow-empty", "-m", message, folder=folder)
    apply_overrides(folder / PARAMS, overrides(read_yaml(folder / PARAMS)))


def overrides(params: dict[str, Any]) -> list[str]:
    """The sample instead of FER2013, few epochs, and batches that suit few faces."""
    changes = [
        "data.folder=data/sample",
        f"train.epochs={EPOCHS}",
        f"train.batch_size={BATCH_SIZE}",
    ]
    for model, own in read_models(params).items():
        if "epochs" in own.get("train", {}):
            changes.append(f"models.{model}.train.epochs={EPOCHS_OF_OTHERS}")
    return changes


def run(*command: str, folder: Path = DEMO) -> None:
    subprocess.run(command, cwd=folder, check=True)


def tell() -> None:
    val = json.loads((DEMO / "metrics/scores/resnet.json").read_text())["val"]
    interval = f"{val['accuracy_low']:.1%} to {val['accuracy_high']:.1%}"
    print(
        f"\nresnet on {val['faces']} validation faces of the built-in sample: "
        f"accuracy {val['accuracy']:.1%} ({interval}), macro-F1 {val['macro_f1']:.3f}"
        f"\nits confusion matrix: {DEMO / 'metrics/confusion/resnet.png'}"
        "\n\nTry next:"
        "\n  source .venv/bin/activate && cd demo"
        "\n  dvc repro train_resnet"
        "\n  dvc exp run -S optim.lr=0.0005"
        "\n  dvc metrics diff"
    )


if __name__ == "__main__":
    exit_on_bad_input(main)
