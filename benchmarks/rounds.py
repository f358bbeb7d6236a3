"""Alternating measurements A, B, A, B …, so that changes in the machine's speed affect all alike.

Each candidate has a process of its own, with its own settings of torch and of the memory allocator,
which waits while another one measures.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

Seconds = Sequence[float]
Measure = Callable[[], Any]  # seconds, or several of them
FORK = get_context("fork")  # safe, as this process does not compute; the children share its memory


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def by_turns(rounds: int, *candidates: Callable[[], Measure]) -> list[list[Any]]:
    """Prepare each candidate, then measure each once per round. → the measurements of each"""
    with ExitStack() as stack:
        measures = [stack.enter_context(in_a_process(ready)) for ready in candidates]
        measured = [[measure() for measure in measures] for _ in range(rounds)]
    return [list(values) for values in zip(*measured, strict=True)]


@contextmanager
def in_a_process(ready: Callable[[], Measure]) -> Iterator[Measure]:
    """Start a candidate's process, and yield a function that lets it measure once."""
    ours, its = FORK.Pipe()
    process = FORK.Process(target=serve, args=(ready, its))
    process.start()
    its.close()

    def measure() -> Any:
        ours.send(True)
        return ours.recv()

    try:
        yield measure
    finally:
        process.kill()
        process.join()


def serve(ready: Callable[[], Measure], requests: Connection) -> None:
    measure = ready()
    while requests.recv():
        requests.send(measure())


def with_spread(values: Seconds, form: str) -> str:
    """The median, and if there are several values the lowest and the highest."""
    if len(values) == 1:
        return form.format(values[0])
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(median(values))} ({low} to {high})"


def rate(seconds_a_face: Seconds) -> str:
    return f"{1 / median(seconds_a_face):,.0f}"


def print_table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    """Print a Markdown table, each line as soon as it is available."""
    names = [*header]
    for cells in chain([names, ["---"] * len(names)], lines):
        print(f"| {' | '.join(cells)} |", flush=True)
    print(flush=True)
