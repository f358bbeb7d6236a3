"""A repository with invented results of two models, and branches that change them.

DVC itself records the made-up files (`dvc commit`), so dvc.lock is what a real run would leave.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from dvc.repo import Repo

from fer2013.core.constants import CLASSES
from tests.pipeline.workspace import FEW_MODELS, Workspace

FACES = 600
TENSORS = ("train", "val", "public_test", "private_test", "unlabelled")


def build(folder: Path) -> Workspace:
    """Main, and the branches below, each from it."""
    scratch = Workspace.clone(folder)
    make_up_everything(scratch)
    scratch.run("dvc", "commit", "--force")
    scratch.commit("Train both models")
    for name, change in BRANCHES.items():
        scratch.run("git", "checkout", "--quiet", "-b", name, "main")
        change(scratch)
        scratch.commit(f"Make an example of {name}")
    scratch.run("git", "checkout", "--quiet", "--force", "main")
    return scratch


def make_up_everything(scratch: Workspace) -> None:
    scratch.set("models.vit.evaluate.views=[plain]")
    scratch.run("python", "-m", "stages.configure")
    for stage in Repo(str(scratch.folder)).index.stages:
        for path in [str(out) for out in stage.outs if stage.name != "configure"]:
            write(scratch, path, f"{path}, made up")
    for part in TENSORS:
        write(scratch, f"data/tensors/{part}.safetensors", part)
    predict(scratch, "ensemble", right=300)
    for model in FEW_MODELS:
        curve = "epoch\ttrain_loss\tval_loss\tval_accuracy\n1\t1.9\t1.9\t0.3\n2\t1.6\t1.7\t0.5\n"
        write(scratch, f"metrics/epochs/{model}.tsv", curve)
        predict(scratch, model, right=300)


def write(scratch: Workspace, path: str, text: str) -> None:
    target = scratch.folder / path
    if not target.suffix:
        target /= "made_up"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def predict(
    scratch: Workspace,
    model: str,
    *,
    right: int,
    fixed: int = 0,
    broken: int = 0,
    only: str | None = None,
) -> None:
    """Make up predictions: the first `right` faces, then some more and some less.

    only    a class that gets all predictions instead
    """
    actual = np.random.default_rng(0).integers(0, 7, FACES)
    predicted = (actual + 1) % 7
    predicted[broken : right + fixed] = actual[broken : right + fixed]
    if only:
        predicted[:] = CLASSES.index(only)
    names = np.array(CLASSES)
    table = {"row": np.arange(FACES) * 3, "actual": names[actual], "predicted": names[predicted]}
    target = scratch.folder / f"metrics/predictions/{model}.csv"
    pd.DataFrame(table).to_csv(target, index=False, lineterminator="\n")
    lost = [name for name in CLASSES if name not in names[predicted]]
    val = {
        "faces": FACES,
        "accuracy": round(float((actual == predicted).mean()), 6),
        "collapsed": only is not None,
        "lost_classes": lost,
    }
    write(scratch, f"metrics/scores/{model}.json", json.dumps({"epoch": 2, "val": val}, indent=2))


def record(scratch: Workspace, *stages: str) -> None:
    scratch.run("dvc", "commit", "--force", *stages)


def improvement(scratch: Workspace) -> None:
    """Two views of each face, evaluated again: parameters, configuration and results agree."""
    scratch.set("models.vit.evaluate.views=[plain, flip]")
    config = scratch.folder / "models/vit/config.yaml"
    config.write_text(config.read_text().replace("  - plain\n", "  - plain\n  - flip\n"))
    predict(scratch, "vit", right=300, fixed=50, broken=10)
    record(scratch, "configure", "evaluate_vit", "ensemble", "compare")


def stale(scratch: Workspace) -> None:
    """A rate that resnet inherits and vit does not, committed without a run."""
    scratch.set("optim.lr=0.0005")


def regression(scratch: Workspace) -> None:
    edit_code(scratch, "fer2013/networks/vit.py")
    predict(scratch, "vit", right=300, fixed=10, broken=60)
    record(scratch, "configure", "overfit", "train_vit", "evaluate_vit", "ensemble", "compare")


def edit_code(scratch: Workspace, path: str) -> None:
    file = scratch.folder / path
    file.write_text(file.read_text() + "\n# a remark\n")


BRANCHES = {
    "improvement": improvement,
    "stale": stale,
    "regression": regression,
}
