"""The interval of a fraction, as in metrics/scores."""

from scipy.stats import binomtest


def wilson_interval(right: int, faces: int) -> tuple[float, float]:
    """The ends of Wilson's 95 % interval of `right / faces`."""
    interval = binomtest(right, faces).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
