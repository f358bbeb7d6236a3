"""Comparisons by turns: A, B, A, B …, so that a machine that slows down slows both.

Each contestant lives in a process of its own, with its own settings of torch and of the memory
allocator, and waits while another one has its turn.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from stages import end_with_parent

Seconds = Sequence[float]
Measure = Callable[[], Any]  # seconds, or several of them
FORK = get_context("fork")  # it shares what is in memory, and this process never computes


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def by_turns(rounds: int, *contestants: Callable[[], Measure]) -> list[list[Any]]:
    """Let each contestant get ready, then measure once a round. → what each one measured"""
    with ExitStack() as stack:
        measures = [stack.enter_context(in_a_process(ready)) for ready in contestants]
        measured = [[measure() for measure in measures] for _ in range(rounds)]
    return [list(values) for values in zip(*measured, strict=True)]


@contextmanager
def in_a_process(ready: Callable[[], Measure]) -> Iterator[Measure]:
    """Yield a function that has the process measure once."""
    ours, its = FORK.Pipe()
    process = FORK.Process(target=obey, args=(ready, its))
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


def obey(ready: Callable[[], Measure], orders: Connection) -> None:
    end_with_parent()
    measure = ready()
    while orders.recv():
        orders.send(measure())


def with_spread(values: Seconds, form: str) -> str:
    """The median, and the lowest and highest value where there are several."""
    if len(values) == 1:
        return form.format(values[0])
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(median(values))} ({low} to {high})"


def ratios(slower: Seconds, faster: Seconds) -> str:
    """How many times as fast, round by round."""
    return with_spread([a / b for a, b in zip(slower, faster, strict=True)], "{:.2f}")


def shares(part: Seconds, whole: Seconds) -> str:
    return with_spread([a / b for a, b in zip(part, whole, strict=True)], "{:.0%}")


def rate(seconds_a_face: Seconds) -> str:
    return f"{1 / median(seconds_a_face):,.0f}"


def print_table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    """Print a table in Markdown, each line as soon as it is there."""
    names = [*header]
    for cells in chain([names, ["---"] * len(names)], lines):
        print(f"| {' | '.join(cells)} |", flush=True)
    print(flush=True)
