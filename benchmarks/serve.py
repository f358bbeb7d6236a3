"""What an answer costs: torch, ONNX in float32 and in 8 bits; one and two threads; batch 1 and 64.

    python -m benchmarks.serve champion sprint --rounds 5

The runtimes take turns, so that a machine that slows down slows all. Times are medians over the
rounds, in brackets the lowest and the highest; ratios are medians of each round's own. Processor
time is that of all threads, and hardly depends on what else the machine does. Faces are cropped
already, so detection is not in it. Needs `dvc repro export_<model>`.
"""

import argparse
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.rounds import Measure, by_turns, print_table, with_spread
from fer2013.predict.loading import find_backend
from fer2013.predict.model import Backend
from fer2013.runtime.errors import exit_on_bad_input

RUNTIMES = ("torch", "ONNX", "ONNX int8")
HEADER = ["model", "threads", "batch", "runtime", "ms a face", "faces/s", "processor ms a face"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="+")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--faces", type=int, default=128, help="that a measurement answers")
    chosen = options.parse_args()
    settings = [
        (model, threads, batch)
        for model in chosen.models
        for threads in (1, 2)
        for batch in (1, 64)
    ]
    rows = (row for setting in settings for row in compared(*setting, chosen.rounds, chosen.faces))
    print_table([*HEADER, "torch's / its own"], rows)


def compared(model: str, threads: int, batch: int, rounds: int, faces: int) -> list[list[str]]:
    """A row of the table for each runtime."""
    contestants = [partial(ready, model, runtime, threads, batch, faces) for runtime in RUNTIMES]
    measured = by_turns(rounds, *contestants)
    of_torch = [processor for _, processor in measured[0]]
    rows = []
    for runtime, seconds in zip(RUNTIMES, measured, strict=True):
        wall = [each / faces * 1000 for each, _ in seconds]
        processor = [each / faces * 1000 for _, each in seconds]
        ratios = [a / b for a, (_, b) in zip(of_torch, seconds, strict=True)]
        rows.append(
            [
                *(f"`{model}`", str(threads), str(batch), runtime),
                with_spread(wall, "{:.2f}"),
                f"{1000 / median(wall):,.0f}",
                with_spread(processor, "{:.2f}"),
                with_spread(ratios, "{:.2f}"),
            ]
        )
    return rows


def ready(model: str, runtime: str, threads: int, batch: int, count: int) -> Measure:
    """In a process of its own: load, answer once. → what times the answers to so many faces"""
    backend = load(model, runtime, threads)
    faces = np.random.default_rng(0).integers(0, 256, (count, 1, 48, 48), np.uint8)
    batches = [faces[start : start + batch] for start in range(0, count, batch)]

    def answer_all() -> tuple[float, float]:
        """Seconds, and the processor's seconds."""
        started, started_processor = time.perf_counter(), time.process_time()
        for some in batches:
            backend.probabilities(some)
        return time.perf_counter() - started, time.process_time() - started_processor

    backend.probabilities(batches[0])
    return answer_all


def load(model: str, runtime: str, threads: int) -> Backend:
    if runtime == "torch":
        import torch  # noqa: PLC0415  each process is to start without it

        torch.set_num_threads(threads)
        return find_backend(Path(model), int8=False, backend="torch", threads=None)
    return find_backend(Path(model), runtime.endswith("int8"), "onnx", threads)


if __name__ == "__main__":
    exit_on_bad_input(main)
