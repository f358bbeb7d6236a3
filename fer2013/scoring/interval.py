"""The interval of a fraction of faces."""

from scipy.stats import binomtest


def wilson_interval(right: int, faces: int) -> tuple[float, float]:
    """The ends of the 95 % interval of `right / faces` (Wilson 1927, JASA 22)."""
    interval = binomtest(right, faces).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
