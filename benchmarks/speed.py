"""How fast is the pipeline, beside a notebook that does the same?

    python -m benchmarks.speed                      all parts
    python -m benchmarks.speed repro --rounds 2     one of them

Each part compares by turns, in one run, and prints a table in Markdown: medians over the rounds,
and in brackets the lowest and highest ratio.

    ingest    the training file → checked faces on disk; the notebook: pandas → arrays
    input     the training file → an epoch's augmented batches, and a later epoch's
    step      a training step on faces that are in memory
    epoch     a whole epoch, its validation included
    evaluate  the validation faces, from disk → probabilities
    repro     dvc repro with nothing to do (only where all is up to date: it trains nothing)

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
from benchmarks.workshop import Workshop
from fer2013.base.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input

PARTS: dict[str, Callable[[Workshop], None]] = {
    "ingest": speed_of_data.ingest,
    "input": speed_of_data.input_path,
    "step": speed_of_training.step,
    "epoch": speed_of_training.epoch,
    "evaluate": speed_of_training.evaluation,
}


def main() -> None:
    models = read_models(read_yaml(PARAMS))
    options = argparse.ArgumentParser()
    options.add_argument("parts", nargs="*", choices=[*PARTS, "repro", []], metavar="part")
    options.add_argument("--models", nargs="+", choices=models, default=[*models])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--steps", type=int, default=5, help="steps a round, in the part step")
    options.add_argument("--csv", type=Path, help="a folder; params.yaml's if not given")
    options.add_argument("--rows", type=int, help="only the first of the training file")
    options.add_argument("--target", action="append", default=[], help="of dvc repro")
    given = options.parse_args()
    parts = given.parts or [*PARTS, "repro"]
    if "repro" in parts:
        refuse_work(given.target)
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder), given.models, given.rounds, given.steps)
        for part, measure in PARTS.items():
            if part in parts:
                workshop.open(given.csv or data_folder(), given.rows)
                measure(workshop)
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
            "name what is up to date by --target, or leave the part repro out."
        )


def run_dvc(*words: str) -> str:
    result = subprocess.run(["dvc", *words], capture_output=True, text=True, check=False)
    if result.returncode:
        raise BadInput(f"dvc {' '.join(words)} failed: {result.stderr.strip()}")
    return result.stdout


if __name__ == "__main__":
    exit_on_bad_input(main)
