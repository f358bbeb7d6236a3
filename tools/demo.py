"""Clone this repository into demo/ and train a model there on the built-in sample.

    make demo

The clone starts without the committed results, which stay unchanged in this repository.
"""

import json
import subprocess
from pathlib import Path

from dvc.utils.hydra import apply_overrides
from dvc.utils.serialize import modify_yaml

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import atomic_write, is_ours, not_ours
from tools.repository import require_git

DEMO = Path("demo")
AUTHOR = "demo@localhost"
MODELS = ("resnet", "basic_cnn")  # those that inherit the default learning rate
STAGES = ["train_resnet", "evaluate_resnet"]
REAL_RESULTS = ["dvc.lock", "metrics", "models", "data/raw.dvc"]
# Settings for few faces and few minutes: small batches, to have enough steps, and a schedule that
# ends with the last epoch.
EPOCHS = 3
OVERRIDES = [
    "data.folder=data/sample",
    f"train.epochs={EPOCHS}",
    f"schedule.period={EPOCHS}",
    "train.batch_size=8",
    "train.keep=last",
]


def main() -> None:
    require_git()
    if not DEMO.exists():
        with atomic_write(DEMO) as folder:
            clone(folder)
    elif not is_ours(DEMO / ".git/config", AUTHOR):
        raise not_ours(DEMO)
    run("dvc", "repro", *STAGES)
    run("git", "add", "--all")
    if subprocess.run(["git", "diff", "--cached", "--quiet"], cwd=DEMO, check=False).returncode:
        run("git", "commit", "--quiet", "-m", "Train resnet on the built-in sample")
    print_result()


def clone(folder: Path) -> None:
    # The user's signing key and hooks are for the user's own commits.
    own = ["--config", "commit.gpgsign=false", "--config", "core.hooksPath=/dev/null"]
    subprocess.run(["git", "clone", "--quiet", *own, ".", str(folder)], check=True)
    run("git", "config", "user.name", "demo", folder=folder)
    run("git", "config", "user.email", AUTHOR, folder=folder)
    run("git", "rm", "-r", "--quiet", "--ignore-unmatch", *REAL_RESULTS, folder=folder)
    keep_models(folder)
    apply_overrides(folder / PARAMS, OVERRIDES)
    message = "Keep two models, without their results, and train them briefly on the sample"
    run("git", "commit", "--quiet", "--all", "-m", message, folder=folder)


def keep_models(folder: Path) -> None:
    """Remove the other models from params.yaml and dvc.yaml.

    `dvc exp run` updates the whole pipeline. So the demo's pipeline has only these two models, and
    of their stages those that the leaderboard needs.
    """
    others = set(read_models(read_yaml(folder / PARAMS))) - set(MODELS)
    kinds = ("ensemble", "overfit", "export", "report")
    with modify_yaml(folder / PARAMS) as params:
        for model in others:
            del params["models"][model]
        params["augment"] = params["augment"][:2]  # noise and holes are meant for longer runs
    with modify_yaml(folder / "dvc.yaml") as pipeline:
        stages = pipeline["stages"]
        for name in list(stages):
            kind, _, model = name.partition("_")
            if kind in kinds or model in others:
                del stages[name]
        outs = stages["configure"]["outs"]
        outs[:] = [out for out in outs if Path(next(iter(out))).parent.name not in others]


def run(*command: str, folder: Path = DEMO) -> None:
    subprocess.run(command, cwd=folder, check=True)


def print_result() -> None:
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
