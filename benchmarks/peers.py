"""What other packages ship, on our validation faces, beside our models.

    python -m benchmarks.peers
    python -m benchmarks.peers fer human --models champion

Those that hold their weights; most others download them. Each is installed into an environment of
its own, at the version that stands here, and reads the faces from a file (peers_in_python.py,
peers_in_node.js). It gets FER2013's crops as they are, without a detector. The answers to Kaggle's
unlabelled test rows go to benchmarks/peers/<peer>.csv, in the form of a submission.

No validation face is identical to one of our training faces. But others may have been trained on
these very faces: they are rows of FER2013's Training, on which most of them were trained.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F

from benchmarks.rounds import print_table
from fer2013.core.losses import Criterion
from fer2013.core.parts import Part, read_part
from fer2013.predict.loading import find_backend
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import atomic_write
from fer2013.scoring.result_files import read_scores
from fer2013.scoring.scores import scores
from fer2013.scoring.submission import emotions

HERE = Path(__file__).parent
SUBMISSIONS = HERE / "peers"
ENVIRONMENTS = Path(tempfile.gettempdir()) / "fer2013-peers"
HEADER = ["", "validation accuracy", "95 %", "macro-F1", "ms a face", "kB of weights"]
TIMED = 100  # faces by which our own models' time is measured
PLAIN = Criterion(F.cross_entropy, len)


@dataclass(frozen=True)
class Peer:
    """A package of others: by what it is installed, and the command that answers faces."""

    install: Callable[[Path], None]
    command: Callable[[Path], list[str]]


def python_package(*requirements: str) -> Callable[[Path], None]:
    """Installs packages into an environment, without what they would bring along."""

    def install(folder: Path) -> None:
        run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        *others, package = requirements
        run([*pip, *others])
        run([*pip, "--no-deps", package])

    return install


def node_package(package: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        quiet = ["--no-fund", "--no-audit", "--ignore-scripts", "--silent"]
        tfjs = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0"]
        run(["npm", "install", *quiet, "--prefix", str(folder), *tfjs, package])

    return install


def in_python(name: str) -> Callable[[Path], list[str]]:
    return lambda folder: [str(folder / "bin/python"), str(HERE / "peers_in_python.py"), name]


def in_node(name: str) -> Callable[[Path], list[str]]:
    return lambda folder: ["node", str(HERE / "peers_in_node.js"), name]


LITERT = ("numpy==2.4.6", "ai-edge-litert==2.3.0")
PEERS = {
    "fer": Peer(
        python_package(*LITERT, "opencv-python-headless==4.14.0.94", "fer==25.10.3"),
        in_python("fer"),
    ),
    "facex": Peer(
        python_package(*LITERT, "scikit-image==0.26.0", "facex==1.1.0"), in_python("facex")
    ),
    "what-the-face-classification": Peer(
        python_package("numpy==2.4.6", "torch==2.13.0", "what-the-face-classification==0.0.27"),
        in_python("what_the_face_classification"),
    ),
    "face-api": Peer(node_package("@vladmandic/face-api@1.7.15"), in_node("face-api")),
    "human": Peer(node_package("@vladmandic/human@3.3.6"), in_node("human")),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("peers", nargs="*", metavar="PEER", help=f"of {', '.join(PEERS)}")
    options.add_argument("--models", nargs="*", default=["champion", "sprint"], help="our own")
    options.add_argument("--data", type=Path, default=Path("data/tensors"))
    options.add_argument("--environments", type=Path, default=ENVIRONMENTS, metavar="FOLDER")
    chosen = options.parse_args()
    unknown = set(chosen.peers) - set(PEERS)
    if unknown:
        raise BadInput(f"unknown peers: {', '.join(unknown)}; take of {', '.join(PEERS)}.")
    val = read_part(chosen.data / "val.safetensors")
    test = read_part(chosen.data / "unlabelled.safetensors")
    theirs = (row_of_peer(name, val, test, chosen.environments) for name in chosen.peers or PEERS)
    print_table(HEADER, theirs)
    print_table(HEADER, (row_of_model(name, val) for name in chosen.models))


def row_of_peer(name: str, val: Part, test: Part, environments: Path) -> list[str]:
    """Ask a package about both parts, write its answers to test rows. → cells of the table"""
    folder = installed(name, environments)
    probabilities, cost = ask(name, folder, torch.cat([val.faces, test.faces]))
    write_submission(name, probabilities[len(val) :], test)
    scored = scores(probabilities[: len(val)], val.labels, PLAIN)
    return [f"`{name}`", *cells(scored, cost["milliseconds"], cost["bytes"])]


def installed(name: str, environments: Path) -> Path:
    """A peer's environment, which is made if it is not there.

    Raises:
        BadInput: an installation failed, now or earlier.
    """
    folder = environments / name
    done = folder / "installed"
    if folder.exists() and not done.exists():
        raise BadInput(f"{folder} is of an installation that was not finished; remove it.")
    if not done.exists():
        folder.mkdir(parents=True)
        PEERS[name].install(folder)
        done.touch()
    return folder


def ask(name: str, folder: Path, faces: torch.Tensor) -> tuple[torch.Tensor, dict[str, Any]]:
    """Let a package answer faces, uint8 [N, 1, 48, 48]. → float32 [N, 7], and its cost"""
    with tempfile.TemporaryDirectory() as scratch:
        faces_file, answers_file = Path(scratch) / "faces", Path(scratch) / "answers"
        faces.numpy().tofile(faces_file)
        modules = [str(folder / "node_modules")] if (folder / "node_modules").exists() else []
        command = [*PEERS[name].command(folder), str(faces_file), str(answers_file), *modules]
        output = run(command)
        probabilities = np.fromfile(answers_file, np.float32).reshape(len(faces), 7)
    return torch.from_numpy(probabilities), json.loads(output.splitlines()[-1])


def run(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BadInput(f"{' '.join(command)} failed (see above).")
    return done.stdout


def write_submission(name: str, probabilities: torch.Tensor, test: Part) -> None:
    table = pd.DataFrame({"emotion": emotions(probabilities, test.rows)})
    with atomic_write(SUBMISSIONS / f"{name}.csv") as target:
        table.to_csv(target, index=False, lineterminator="\n")


def row_of_model(name: str, val: Part) -> list[str]:
    """Our own: scores as they were evaluated, and the time and size of the ONNX file."""
    scored = read_scores(Path(f"metrics/scores/{name}.json"))["val"]
    folder = Path("models") / name
    backend = find_backend(folder, int8=False, backend="onnx", threads=1)
    faces = val.faces[: TIMED + 1].numpy()
    backend.probabilities(faces[:1])
    seconds = []
    for index in range(1, len(faces)):
        started = time.process_time()
        backend.probabilities(faces[index : index + 1])
        seconds.append(time.process_time() - started)
    size = (folder / "model.onnx").stat().st_size
    return [f"`{name}`", *cells(scored, median(seconds) * 1000, size)]


def cells(scored: dict[str, Any], milliseconds: float, size: int) -> list[str]:
    return [
        f"{scored['accuracy']:.1%}",
        f"{scored['accuracy_low']:.1%} to {scored['accuracy_high']:.1%}",
        f"{scored['macro_f1']:.3f}",
        f"{milliseconds:.1f}",
        f"{size / 1000:,.0f}",
    ]


if __name__ == "__main__":
    exit_on_bad_input(main)
