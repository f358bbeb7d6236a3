"""Learning-rate schedules: the factor of `optim.lr` as a function of the time in epochs.

Unlike torch's schedulers they have no state, so a resumed run has nothing to restore.
`WarmRestarts` equals torch's CosineAnnealingWarmRestarts, stepped once per epoch.
"""

import math
from typing import Annotated, Literal

from pydantic import Field

from fer2013.core.sections import BelowOne, Count, NotNegative, Section


class Constant(Section):
    name: Literal["constant"]

    def factor(self, time: float, epochs: int) -> float:
        return 1.0


class WarmRestarts(Section):
    """Cosine from lr to zero over `period` epochs, repeated until the end.

    Loshchilov & Hutter 2017, arXiv:1608.03983. As in the published runs, all batches of an epoch
    have the same learning rate.
    """

    name: Literal["warm_restarts"]
    period: Count

    def factor(self, time: float, epochs: int) -> float:
        return cosine(math.floor(time) % self.period / self.period)


class WarmupCosine(Section):
    """Linear from zero to lr over `warmup` epochs, then cosine to zero at the last epoch."""

    name: Literal["warmup_cosine"]
    warmup: NotNegative

    def factor(self, time: float, epochs: int) -> float:
        if time < self.warmup:
            return time / self.warmup
        return cosine((time - self.warmup) / (epochs - self.warmup))


class WarmupLinear(Section):
    """Linear from zero to lr over a fraction of the run, then linear to zero at the end."""

    name: Literal["warmup_linear"]
    warmup_share: BelowOne

    def factor(self, time: float, epochs: int) -> float:
        progress = time / epochs
        if progress < self.warmup_share:
            return progress / self.warmup_share
        return (1 - progress) / (1 - self.warmup_share)


Schedule = Annotated[
    Constant | WarmRestarts | WarmupCosine | WarmupLinear, Field(discriminator="name")
]


def cosine(progress: float) -> float:
    """1 at progress 0, 0 at progress 1."""
    return 0.5 * (1 + math.cos(math.pi * progress))
