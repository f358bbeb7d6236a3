"""What an answer costs: torch, ONNX in float32 and in 8 bits; one and two threads; batch 1 and 64.

    python -m benchmarks.serve champion sprint --rounds 5

The runtimes take turns, so that a machine that slows down slows all. Times are medians over the
rounds, in brackets the lowest and the highest; ratios are medians of each round's own. Faces are
cropped already, so detection is not in it. Needs `dvc repro export_<model>`.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.rounds import Measure, by_turns, timed
from fer2013.predict.loading import find_backend
from fer2013.predict.model import Backend
from fer2013.runtime.errors import exit_on_bad_input

FACES = 128  # that one measurement answers
RUNTIMES = ("torch", "ONNX", "ONNX int8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="+")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    print("| model | threads | batch | runtime | ms a face | faces/s | as fast as torch |")
    print("|---|---|---|---|---|---|---|")
    for model in chosen.models:
        for threads in (1, 2):
            for batch in (1, 64):
                contestants = [ready(model, runtime, threads, batch) for runtime in RUNTIMES]
                measured = by_turns(chosen.rounds, *contestants)
                for runtime, seconds in zip(RUNTIMES, measured, strict=True):
                    ratios = [torch / own for torch, own in zip(measured[0], seconds, strict=True)]
                    cells = [f"`{model}`", str(threads), str(batch), runtime]
                    print(f"| {' | '.join([*cells, *described(seconds, ratios)])} |", flush=True)


def described(seconds: list[float], ratios: list[float]) -> list[str]:
    each = [value / FACES * 1000 for value in seconds]
    return [
        f"{median(each):.2f} ({min(each):.2f} to {max(each):.2f})",
        f"{1000 / median(each):,.0f}",
        f"{median(ratios):.2f} × ({min(ratios):.2f} to {max(ratios):.2f})",
    ]


def ready(model: str, runtime: str, threads: int, batch: int) -> Callable[[], Measure]:
    """In a process of its own: load, answer once, then time on demand."""

    def prepare() -> Measure:
        backend = load(model, runtime, threads)
        faces = np.random.default_rng(0).integers(0, 256, (FACES, 1, 48, 48), np.uint8)
        batches = [faces[start : start + batch] for start in range(0, FACES, batch)]

        def answer_all() -> None:
            for some in batches:
                backend.probabilities(some)

        backend.probabilities(batches[0])
        return lambda: timed(answer_all)

    return prepare


def load(model: str, runtime: str, threads: int) -> Backend:
    if runtime == "torch":
        import torch  # noqa: PLC0415  each process is to start without it

        torch.set_num_threads(threads)
        return find_backend(Path(model), int8=False, backend="torch", threads=None)
    return find_backend(Path(model), runtime.endswith("int8"), "onnx", threads)


if __name__ == "__main__":
    exit_on_bad_input(main)
