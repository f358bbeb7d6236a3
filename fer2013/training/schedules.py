"""Learning-rate schedules: the share of `optim.lr` at a time, in epochs since the start.

They are plain functions of time and not torch's scheduler objects, so that a resumed run has
nothing to restore. `WarmRestarts` equals torch's CosineAnnealingWarmRestarts, stepped per epoch.
"""

import math
from collections.abc import Callable
from typing import Any


def constant(time: float, epochs: int, o: Any) -> float:
    return 1.0


def warm_restarts(time: float, epochs: int, o: Any) -> float:
    """As published, it steps once an epoch: all batches of an epoch have the same rate."""
    return _cosine(math.floor(time) % o.period / o.period)


def warmup_cosine(time: float, epochs: int, o: Any) -> float:
    if time < o.warmup:
        return time / o.warmup
    return _cosine((time - o.warmup) / (epochs - o.warmup))


def warmup_linear(time: float, epochs: int, o: Any) -> float:
    progress = time / epochs
    if progress < o.warmup_share:
        return progress / o.warmup_share
    return (1 - progress) / (1 - o.warmup_share)


def _cosine(progress: float) -> float:
    """1 at progress 0, 0 at progress 1."""
    return 0.5 * (1 + math.cos(math.pi * progress))


SCHEDULES: dict[str, Callable[[float, int, Any], float]] = {
    "constant": constant,
    "warm_restarts": warm_restarts,
    "warmup_cosine": warmup_cosine,
    "warmup_linear": warmup_linear,
}
