"""A progress bar on the terminal; none if stderr is not a terminal."""

import sys
import time

WIDTH = 30
INTERVAL = 0.2  # seconds between two updates


class Progress:
    def __init__(self, total: int | None) -> None:
        self.total, self.done = total, 0
        self.shown = sys.stderr.isatty() and total != 1
        self.start, self.last = time.monotonic(), 0.0

    def add(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if self.shown and now - self.last > INTERVAL:
            self.last = now
            print(f"\r\033[K{self.line(now - self.start)}", end="", file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        rate = self.done / max(seconds, 1e-9)
        if self.total is None:
            return f"{self.done:,} pictures, {rate:.1f} per second"
        fraction = min(self.done / self.total, 1)
        left = max(self.total - self.done, 0) / rate
        bar = "█" * round(fraction * WIDTH) + "·" * (WIDTH - round(fraction * WIDTH))
        return f"{bar} {self.done:,} of {self.total:,}, {rate:.1f} per second, {left:.0f} s left"

    def clear(self) -> None:
        """Erase the bar, so that something else can be printed."""
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
