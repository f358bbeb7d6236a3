"""Build site/: a page that runs trained models in the browser, on pictures and on the camera.

    make web

The folder is static: any web server can serve it, below any path. It holds the files of page/, the
face detector, the models, what is known of them (models.json), a portrait as an example, and
onnxruntime-web, which npm fetches.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import cbook

from fer2013.core.constants import CLASSES
from fer2013.predict.detection import WEIGHTS as DETECTOR
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import own_folder, write_json
from fer2013.scoring.counts import by_class
from fer2013.scoring.result_files import read_predictions, read_scores
from tools.onnx_file import write_model
from tools.web.runtime import fetch_runtime

PAGE = Path(__file__).parent / "page"
SITE = Path("site")
MODELS = ("champion", "compact_vit", "sprint")  # the first is the one that the page opens with
PORTRAIT = "grace_hopper.jpg"  # by the US Navy, in the public domain; Matplotlib carries it


def main() -> None:
    names = sys.argv[1:] or [name for name in MODELS if is_trained(Path("models") / name)]
    if not names:
        raise BadInput("there are no trained models in models/; run make pull.")
    with own_folder(SITE) as target:
        build(target, [Path("models") / name for name in names])
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    print(f"{SITE}/ is written: {', '.join(names)}; {size / 1e6:.0f} MB.")
    print(f"Try it: python -m http.server --directory {SITE}")


def build(target: Path, models: Sequence[Path]) -> None:
    """Write the page and all that it needs into a new folder.

    Args:
        models: folders, each with model.onnx, or with config.yaml and weights.safetensors.

    Raises:
        BadInput: a model is missing, or npm.
    """
    shutil.copytree(PAGE, target, ignore=shutil.ignore_patterns(".*"))
    fetch_runtime(target / "vendor")
    shutil.copy2(DETECTOR, target / "detector.onnx")
    shutil.copy2(DETECTOR.parent / "LICENSE", target / "detector.LICENSE")
    shutil.copyfile(cbook.get_sample_data(PORTRAIT, asfileobj=False), target / "example.jpg")
    (target / "models").mkdir()
    known = []
    for folder in models:
        file = f"models/{folder.name}.onnx"
        write_model(folder, target / file)
        known.append({"name": folder.name, "file": file, **described(folder.name)})
    write_json(target / "models.json", {"classes": CLASSES, "models": known})


def described(model: str) -> dict[str, Any]:
    """Its accuracy on the validation faces, and the share of each class that it recognises.

    Each has a 95 % interval and the number of faces. Empty if it was not evaluated.
    """
    scores = Path(f"metrics/scores/{model}.json")
    if not scores.exists():
        return {}
    val = read_scores(scores)["val"]
    classes = by_class(read_predictions(Path(f"metrics/predictions/{model}.csv")))
    return {
        "accuracy": share(val["accuracy"], val["accuracy_low"], val["accuracy_high"], val["faces"]),
        "recall": {
            row.Index: share(row.recall, row.recall_low, row.recall_high, row.faces)
            for row in classes.itertuples()
        },
    }


def share(value: float, low: float, high: float, faces: int) -> dict[str, float]:
    return {"value": float(value), "low": float(low), "high": float(high), "faces": int(faces)}


def is_trained(model: Path) -> bool:
    return any((model / name).exists() for name in ("model.onnx", "weights.safetensors"))


if __name__ == "__main__":
    exit_on_bad_input(main)
