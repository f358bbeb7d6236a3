"""Let OpenMP's threads go to sleep sooner when they wait for each other.

By default they spin for milliseconds, which is fastest on an otherwise idle machine. Beside other
busy processes, the spinning takes the core from the thread that they wait for: training steps of
sprint on two threads made 414 images/s on an idle machine of two cores, 42 beside a busy process.
How long they spin is read once, when the library is loaded, so it is chosen by how busy the machine
is then. Results do not depend on it. benchmarks/README.md has the measurements.
"""

import os
import time
from pathlib import Path
from statistics import median

# The library reads these when it is loaded, which is when torch is imported.
ALONE = {
    "GOMP_SPINCOUNT": "10000",  # GNU's library (torch on Linux): iterations, default 300,000
    "KMP_BLOCKTIME": "1",  # LLVM's and Intel's (torch on macOS): milliseconds, default 200
}
BESIDE_OTHERS = {"GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
SAMPLES, PAUSE = 5, 0.005  # seconds
LOAD = Path("/proc/loadavg")  # on Linux, see proc(5)


def sleep_soon() -> None:
    """Set the environment variables, unless the user has set one that concerns waiting."""
    if any(name in os.environ for name in ("OMP_WAIT_POLICY", *ALONE)):
        return
    os.environ.update(BESIDE_OTHERS if cores_are_taken() else ALONE)


def cores_are_taken() -> bool:
    """Whether other running threads leave this process fewer than two cores (Linux only)."""
    if not LOAD.exists():
        return False
    samples = []
    for _ in range(SAMPLES):
        time.sleep(PAUSE)
        samples.append(running_threads())
    others = median(samples) - 1
    return others > (os.cpu_count() or 1) - 2


def running_threads() -> int:
    """How many threads of the whole machine run or could run at this moment, this one included."""
    return int(LOAD.read_text().split()[3].partition("/")[0])
