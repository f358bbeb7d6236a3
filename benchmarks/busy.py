"""How much other busy processes slow down training, with OpenMP's default settings and with ours.

    python -m benchmarks.busy              about five minutes, on a machine that is otherwise quiet
    python -m benchmarks.busy --seconds 1  each measurement takes so long

It measures training steps in float32 on an idle machine and beside one and two busy processes. Each
setting has a process of its own, as OpenMP reads its settings only once; the processes measure
alternately. README.md has the results.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from statistics import median

from benchmarks.rounds import print_table

MODELS = ("resnet", "sprint", "vit")
THREADS = (1, 2)
BUSY = (0, 1, 2)
ROUNDS = 3
FACES = 32
SETTINGS = {
    "default": {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"},  # the libraries' defaults
    "ours": {"GOMP_SPINCOUNT": "10000"},
    "no spinning": {"GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"},
}
HEADER = ("model", "threads", "waiting", "quiet, images/s", "beside one", "beside two")
COUNTING = "while True: pass"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.busy")
    options.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    options.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.measure:
        measure_as_told()
    else:
        print_table(HEADER, lines(given.seconds))


def lines(seconds: float) -> Iterator[list[str]]:
    with ExitStack() as stack:
        trainers = {way: stack.enter_context(trainer(way)) for way in SETTINGS}
        for model, threads in product(MODELS, THREADS):
            found = [speeds(trainers, model, threads, seconds, busy) for busy in BUSY]
            for way in SETTINGS:
                cells = [format_speed(of_load[way], found[0][way]) for of_load in found]
                yield [f"`{model}`", str(threads), way, *cells]


def format_speed(speed: float, quiet: float) -> str:
    return f"{speed:,.0f} ({speed / quiet:.0%})"


Trainer = subprocess.Popen[str]


@contextmanager
def trainer(way: str) -> Iterator[Trainer]:
    """Start a process with one of SETTINGS, which measures when it is asked to."""
    command = [sys.executable, "-m", "benchmarks.busy", "--measure"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    unset = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    with subprocess.Popen(command, env=unset | SETTINGS[way], text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def speeds(
    trainers: dict[str, Trainer], model: str, threads: int, seconds: float, busy: int
) -> dict[str, float]:
    """Images per second with each of SETTINGS, beside `busy` busy processes."""
    found: dict[str, list[float]] = {way: [] for way in trainers}
    with ExitStack() as stack:
        for _ in range(busy):
            stack.enter_context(counting())
        for _ in range(ROUNDS):
            for way, process in trainers.items():
                found[way].append(ask(process, model, threads, seconds / ROUNDS))
    return {way: median(values) for way, values in found.items()}


@contextmanager
def counting() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", COUNTING]) as process:
        try:
            yield
        finally:
            process.kill()


def ask(process: Trainer, model: str, threads: int, seconds: float) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{model} {threads} {seconds}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def measure_as_told() -> None:
    """Answer each line (model, threads, seconds) on stdin with images per second on stdout."""
    import torch  # noqa: PLC0415  (only the measuring processes need it)

    from fer2013.core.config import resolve  # noqa: PLC0415
    from fer2013.core.device import prepare  # noqa: PLC0415
    from fer2013.core.run import Run, start  # noqa: PLC0415
    from fer2013.core.sections import PARAMS, read_yaml  # noqa: PLC0415

    params = read_yaml(PARAMS)
    faces, labels = torch.randn(FACES, 1, 48, 48), torch.arange(FACES) % 7
    for line in sys.stdin:
        model, threads, seconds = line.split()
        run = start(resolve(params, model), prepare("cpu", int(threads)), labels)

        def step(run: Run = run) -> None:
            loss = torch.nn.functional.cross_entropy(run.network(faces), labels)
            run.network.zero_grad(set_to_none=True)
            loss.backward()
            for optimizer in run.optimizers:
                optimizer.step()

        print(FACES * rate_of(step, float(seconds)), flush=True)


def rate_of(step: Callable[[], None], seconds: float) -> float:
    """Steps per second, after a first step to warm up."""
    step()
    started, steps = time.perf_counter(), 0
    while time.perf_counter() < started + seconds:
        step()
        steps += 1
    return steps / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
