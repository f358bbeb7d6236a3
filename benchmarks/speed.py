"""The speed of the pipeline, compared with a notebook that does the same.

    python -m benchmarks.speed                      all measurements
    python -m benchmarks.speed repro --rounds 2     one of them

Each measurement alternates between the two and prints a Markdown table: medians over the rounds,
and in brackets the lowest and the highest value.

    ingest    the training file → checked faces on disk; in the notebook pandas → arrays
    input     the training file → the augmented batches of the first and of a later epoch
    step      a training step on faces that are in memory
    epoch     a whole epoch with its validation
    evaluate  the validation faces from disk → probabilities
    repro     dvc repro with nothing to do (it is refused if a stage would run)

It reads the training file of data.folder (or --csv FOLDER), or only its first rows (--rows), and
works in a temporary folder.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import speed_of_data, speed_of_training
from benchmarks.notebook import data_folder
from benchmarks.rounds import by_turns, print_table, timed, with_spread
from benchmarks.workspace import Workspace
from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input

MEASUREMENTS: dict[str, Callable[[Workspace], None]] = {
    "ingest": speed_of_data.ingest,
    "input": speed_of_data.input_path,
    "step": speed_of_training.step,
    "epoch": speed_of_training.epoch,
    "evaluate": speed_of_training.evaluation,
}


def main() -> None:
    models = read_models(read_yaml(PARAMS))
    options = argparse.ArgumentParser()
    options.add_argument("parts", nargs="*", choices=[*MEASUREMENTS, "repro", []], metavar="part")
    options.add_argument("--models", nargs="+", choices=models, default=[*models])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--steps", type=int, default=5, help="steps per round, for step")
    options.add_argument("--csv", type=Path, help="a folder; params.yaml's if not given")
    options.add_argument("--rows", type=int, help="only the first of the training file")
    options.add_argument("--target", action="append", default=[], help="of dvc repro")
    given = options.parse_args()
    parts = given.parts or [*MEASUREMENTS, "repro"]
    if "repro" in parts:
        refuse_work(given.target)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), given.models, given.rounds, given.steps)
        for name, measure in MEASUREMENTS.items():
            if name in parts:
                workspace.open(given.csv or data_folder(), given.rows)
                measure(workspace)
    if "repro" in parts:
        repro(given.target, given.rounds)


def repro(targets: list[str], rounds: int) -> None:
    seconds, least = by_turns(
        rounds,
        lambda: lambda: timed(lambda: run_dvc("repro", *targets)),
        lambda: lambda: timed(lambda: run_dvc("--version")),
    )
    lines = [
        [f"repro {' '.join(targets)} with nothing to do", with_spread(seconds, "{:.1f}")],
        ["--version: it starts and ends", with_spread(least, "{:.1f}")],
    ]
    print_table(("dvc", "seconds"), lines)


def refuse_work(targets: list[str]) -> None:
    if "Running stage" in run_dvc("repro", "--dry", *targets):
        raise BadInput(
            "dvc repro has work to do, so that its time with nothing to do cannot be measured; "
            "name stages that are up to date with --target, or leave repro out."
        )


def run_dvc(*words: str) -> str:
    result = subprocess.run(["dvc", *words], capture_output=True, text=True, check=False)
    if result.returncode:
        raise BadInput(f"dvc {' '.join(words)} failed: {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    exit_on_bad_input(main)
